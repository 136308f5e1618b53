#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "concrete/distributions/discrete.hpp"
#include "statistics/law.hpp"
#include "statistics/rare_class.hpp"
#include "support/random.hpp"

// Classes that in float win only by the far tail of their noise. 400 000 draws.

namespace testing {

namespace {

constexpr Eigen::Index draws = 400'000;

/// Random words, every second of which makes a uniform number above 1 - 2^-bits.
class EverySecondInTail {
 public:
  using result_type = std::uint32_t;

  EverySecondInTail(Random& random, int bits) : random_(random), ones_(max() << (32 - bits)) {}

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()() {
    const auto word = static_cast<result_type>(random_() >> 32);
    in_tail_ = !in_tail_;
    return in_tail_ ? word : word | ones_;
  }

 private:
  Random& random_;
  result_type ones_;
  bool in_tail_ = false;
};

}  // namespace

Laws rare_class_laws() {
  // One class stands for 2^18 of them: its noise comes from the highest 2^-18 of the distribution, so it wins 2^18
  // times as often. What lies below could win only where the other's noise is below -8, with probability exp(-e^8).
  return {{"A class behind by 20.5, float", [](std::uint64_t seed) {
             Random random(seed);
             EverySecondInTail engine(random, 18);
             const auto winners =
                 concrete::Discrete(Eigen::Vector2f(gap_of_rare_classes, 0)).sample_index(engine, draws);
             const double p = std::ldexp(rare_class_probability(1), 18);
             return std::vector<double>{
                 count_p_value(static_cast<double>(winners.sum()), static_cast<double>(draws), p, random.uniform())};
           }}};
}

}  // namespace testing

TEST_CASE("A class behind by 20.5 wins in float as often as its probability says") {
  testing::check(testing::rare_class_laws());
}
