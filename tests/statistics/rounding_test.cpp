#include <Eigen/Core>
#include <cmath>
#include <numeric>
#include <string>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "concrete/distributions/binary_concrete.hpp"
#include "concrete/distributions/concrete.hpp"
#include "statistics/law.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"
#include "support/random.hpp"

// Propositions 1 (b) and 2 (b) of Maddison, Mnih, Teh (2017): the rounding of a sample has the probabilities of the
// discrete limit at every temperature. 5000 draws.
//
// At 1e6 all coordinates are so close to 1/n, or to 1/2, that in float some are equal which the noise told apart: only
// the logit of a binary sample, which is not near any number but 0, goes as far there.

namespace testing {

namespace {

constexpr Eigen::Index draws = 5'000;

template <class Model>
Law categorical_law(const std::string& name, double temperature) {
  return {at_temperature("Rounding of " + name, temperature), [=](std::uint64_t seed) {
            using T = typename Model::Scalar;
            Random random(seed);
            Eigen::MatrixX<T> logits(5, 2);
            logits << T(0.5), T(0.5), -1, -inf<T>, T(1.5), T(1.5), -2, -1, 0, -inf<T>;
            const Model q(logits, temperature);
            const Eigen::ArrayXXd ones = Model::harden(q.sample(random, draws)).template cast<double>();
            std::vector<double> result;
            for (Eigen::Index b = 0; b < 2; ++b) {
              std::vector<double> counts, expected;
              for (Eigen::Index k = 0; k < 5; ++k) {
                double count = 0;
                for (Eigen::Index j = b; j < ones.cols(); j += 2) count += ones(k, j);
                const double weight = std::exp(static_cast<double>(logits(k, b)));
                if (weight == 0 && count == 0) continue;  // no cell of the chi-square
                counts.push_back(count);
                expected.push_back(weight);
              }
              const double total = std::accumulate(expected.begin(), expected.end(), 0.0);
              for (double& count : expected) count *= static_cast<double>(draws) / total;
              result.push_back(chi_square_p_value(counts, expected));
            }
            return result;
          }};
}

template <class Model>
Law binary_law(const std::string& name, double temperature) {
  return {at_temperature("Rounding of " + name, temperature), [=](std::uint64_t seed) {
            using T = typename Model::Scalar;
            Random random(seed);
            const Eigen::Array3d alpha(0.05, 1, 3);
            const Model q(concrete::odds(Eigen::Vector3<T>(alpha.cast<T>())), temperature);
            const Eigen::ArrayXXd ones = Model::harden(q.sample(random, draws)).template cast<double>();
            std::vector<double> result;
            for (Eigen::Index i = 0; i < 3; ++i) {
              const double p = alpha(i) / (1 + alpha(i));
              result.push_back(count_p_value(ones.row(i).sum(), static_cast<double>(draws), p, random.uniform()));
            }
            return result;
          }};
}

}  // namespace

Laws rounding_laws() {
  Laws laws;
  for (const double temperature : {1e-6, 1e-3, 0.05, 1.0, 20.0, 1e3, 1e6}) {
    laws.push_back(categorical_law<concrete::ExpConcreteXXd>("ExpConcrete, double", temperature));
    laws.push_back(categorical_law<concrete::ConcreteXXd>("Concrete, double", temperature));
    laws.push_back(
        binary_law<concrete::LogitBinaryConcrete<Eigen::Vector3d>>("LogitBinaryConcrete, double", temperature));
    laws.push_back(binary_law<concrete::BinaryConcrete<Eigen::Vector3d>>("BinaryConcrete, double", temperature));
    laws.push_back(
        binary_law<concrete::LogitBinaryConcrete<Eigen::Vector3f>>("LogitBinaryConcrete, float", temperature));
    if (temperature == 1e6) continue;
    laws.push_back(categorical_law<concrete::ExpConcreteXXf>("ExpConcrete, float", temperature));
    laws.push_back(categorical_law<concrete::ConcreteXXf>("Concrete, float", temperature));
    laws.push_back(binary_law<concrete::BinaryConcrete<Eigen::Vector3f>>("BinaryConcrete, float", temperature));
  }
  return laws;
}

}  // namespace testing

TEST_CASE("The rounding of a sample has the probabilities of the discrete limit at every temperature") {
  testing::check(testing::rounding_laws());
}
