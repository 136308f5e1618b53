#include <Eigen/Core>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "catch.hpp"
#include "concrete/distributions/concrete.hpp"
#include "statistics/law.hpp"
#include "support/models.hpp"
#include "support/random.hpp"

// Laws that tie the samples of several classes to their density, by Kolmogorov-Smirnov.

namespace testing {

namespace {

/// softmax(a - t Y) is Dirichlet(1, ..., 1): a coordinate is Beta(1, n-1), the sum of m of them Beta(m, n-m). 2000
/// draws.
template <class T>
Law dirichlet_law(const std::string& name, Eigen::Index n, double temperature) {
  return {at_temperature(name + ", n = " + std::to_string(n), temperature), [=](std::uint64_t seed) {
            Random random(seed);
            const concrete::ExpConcrete q(random.vector<Eigen::VectorX<T>>(n, -2, 2), temperature);
            const Eigen::MatrixXd y = q.sample(random, 2'000).template cast<double>();
            const Eigen::VectorXd a = q.logits().template cast<double>();
            Eigen::ArrayXXd v = ((-static_cast<double>(q.temperature()) * y).colwise() + a).array();
            v = (v.rowwise() - v.colwise().maxCoeff().eval()).exp();
            v.rowwise() /= v.colwise().sum().eval();

            const auto others = static_cast<double>(n - 1);
            const auto coordinate = [&](double x) { return 1 - std::pow(1 - x, others); };
            std::vector<double> result{ks_p_value(to_vector(v.row(0)), coordinate),
                                       ks_p_value(to_vector(v.row(n - 1)), coordinate)};
            const Eigen::Index half = (n + 1) / 2;
            const auto sum = [=](double x) {
              return boost::math::ibeta(static_cast<double>(half), static_cast<double>(n - half), std::fmin(x, 1));
            };
            result.push_back(ks_p_value(to_vector(v.topRows(half).colwise().sum()), sum));
            return result;
          }};
}

/// y_i - y_j of an ExpConcrete is LogitBinaryConcrete, and x_i / (x_i + x_j) of a Concrete is BinaryConcrete, with
/// logit a_i - a_j and the same temperature: distribution function sigmoid(t logit - a_i + a_j). 5000 draws.
template <class Model>
Law pair_law(const std::string& name, double temperature) {
  return {at_temperature(name, temperature), [=](std::uint64_t seed) {
            Random random(seed);
            const Eigen::Vector4d a(0.5, -1, 1.5, -2);
            const Eigen::MatrixXd sample = Model(a, temperature).sample(random, 5'000);
            std::vector<double> result;
            for (Eigen::Index k = 1; k < 4; ++k) {
              Eigen::ArrayXd log_ratio = sample.row(0) - sample.row(k);
              if constexpr (is_on_x_scale<Model>) log_ratio = (sample.row(0).array() / sample.row(k).array()).log();
              const auto cdf = [&](double y) { return 1 / (1 + std::exp(a(0) - a(k) - temperature * y)); };
              result.push_back(ks_p_value(to_vector(log_ratio), cdf));
            }
            return result;
          }};
}

}  // namespace

Laws simplex_laws() {
  Laws laws;
  for (const Eigen::Index n : {2, 3, 10, 100}) {
    for (const double temperature : {1e-3, 0.1, 1.0, 10.0, 1e3}) {
      laws.push_back(dirichlet_law<float>("Dirichlet, float", n, temperature));
      laws.push_back(dirichlet_law<double>("Dirichlet, double", n, temperature));
    }
  }
  return laws;
}

Laws pair_laws() {
  Laws laws;
  for (const double temperature : {0.2, 1.0, 4.0}) {
    laws.push_back(pair_law<concrete::ExpConcrete<Eigen::Vector4d>>("Pairs of an ExpConcrete", temperature));
    laws.push_back(pair_law<concrete::Concrete<Eigen::Vector4d>>("Pairs of a Concrete", temperature));
  }
  return laws;
}

}  // namespace testing

TEST_CASE("Softmax(a - t Y) is uniform on the simplex for every n and temperature") {
  testing::check(testing::simplex_laws());
}

TEST_CASE("A pair of coordinates is a binary Concrete variable") { testing::check(testing::pair_laws()); }
