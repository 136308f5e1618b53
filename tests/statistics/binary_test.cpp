#include <Eigen/Core>
#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "concrete/distributions/binary_concrete.hpp"
#include "statistics/law.hpp"
#include "support/models.hpp"
#include "support/random.hpp"

// Binary samples follow sigmoid(t y - a), y = logit(x): Kolmogorov-Smirnov with n = 8000 at each of three logits.

namespace testing {

namespace {

template <class Model>
double to_logit(double value) {
  return is_on_x_scale<Model> ? std::log(value) - std::log1p(-value) : value;
}

/// Above 1/2, x at a low temperature rounds to 1: there the law is that of the samples below, which keep their digits.
template <class Model>
Law binary_law(const std::string& name, double temperature) {
  using Vector = Eigen::Vector3<typename Model::Scalar>;
  return {at_temperature(name, temperature), [=](std::uint64_t seed) {
            Random random(seed);
            const Model q(Vector(Eigen::Vector3d(-2, 0.3, 3).cast<typename Model::Scalar>()), temperature);
            const auto t = static_cast<double>(q.temperature());
            const Eigen::MatrixXd sample = q.sample(random, 8'000).template cast<double>();
            std::vector<double> result;
            for (Eigen::Index i = 0; i < 3; ++i) {
              const auto a = static_cast<double>(q.logits()(i));
              const auto cdf = [&](double value) { return 1 / (1 + std::exp(a - t * to_logit<Model>(value))); };
              std::vector<double> values = to_vector(sample.row(i));
              const bool lower_half = is_on_x_scale<Model> && t < 1;
              if (lower_half) std::erase_if(values, [](double x) { return x > 0.5; });
              const double mass = lower_half ? cdf(0.5) : 1;
              result.push_back(ks_p_value(values, [&](double x) { return std::fmin(1, cdf(x) / mass); }));
            }
            return result;
          }};
}

}  // namespace

Laws binary_laws() {
  Laws laws;
  for (const double temperature : {0.05, 0.3, 1.0, 4.0, 20.0}) {
    laws.push_back(
        binary_law<concrete::LogitBinaryConcrete<Eigen::Vector3f>>("LogitBinaryConcrete, float", temperature));
    laws.push_back(
        binary_law<concrete::LogitBinaryConcrete<Eigen::Vector3d>>("LogitBinaryConcrete, double", temperature));
    laws.push_back(binary_law<concrete::BinaryConcrete<Eigen::Vector3d>>("BinaryConcrete, double", temperature));
    if (temperature == 0.05) continue;  // in float a hundredth of the samples are 0
    laws.push_back(binary_law<concrete::BinaryConcrete<Eigen::Vector3f>>("BinaryConcrete, float", temperature));
  }
  return laws;
}

}  // namespace testing

TEST_CASE("Binary samples follow sigmoid(t y - a) at every temperature and logit") {
  testing::check(testing::binary_laws());
}
