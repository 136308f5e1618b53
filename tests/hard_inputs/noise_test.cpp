#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <limits>

#include "catch.hpp"
#include "concrete/concrete.hpp"
#include "support/engines.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// Noise at the ends of what an engine returns.

namespace {

using testing::Scripted32;
using testing::Scripted64;

/// Calls check(engine) with engines of either width that return the words 0, 1 and all ones, one after the other.
template <class Check>
void for_each_extreme_engine(const Check& check) {
  check(Scripted32({0u, 1u, ~0u}));
  check(Scripted64({std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}));
}

}  // namespace

TEMPLATE_TEST_CASE("Engine words of 0, 1 and all ones give uniforms inside (0, 1) and finite noise", "[hard]", float,
                   double) {
  // -log(-log 0), and a uniform that rounds to 1: pytorch #22442, #22557, #22586 and #101620, GCC bug 63176.
  using T = TestType;
  for_each_extreme_engine([](auto engine) {
    for (int i = 0; i < 3; ++i) {
      const T u = concrete::draw_uniform<T>(engine).value();
      CHECK(u > 0);
      CHECK(u < 1);
    }
  });
  Eigen::VectorX<T> noise(6);
  for_each_extreme_engine([&](auto engine) {
    concrete::fill_gumbel(engine, noise);
    CHECK(noise.allFinite());
    concrete::fill_logistic(engine, noise);
    CHECK(noise.allFinite());
  });
}

TEMPLATE_TEST_CASE("Engine words of 0, 1 and all ones give samples with finite log-densities", "[hard]",
                   concrete::ExpConcreteXXf, concrete::ExpConcreteXXd, concrete::LogitBinaryConcreteXXf,
                   concrete::LogitBinaryConcreteXXd) {
  for (const double temperature : {1e-6, 0.5, 1e6}) {
    CAPTURE(temperature);
    const auto q = testing::draw_model<TestType>(421, temperature);
    for_each_extreme_engine([&](auto engine) {
      const auto drawn = q.sample_and_log_prob(engine, 3);
      CHECK(drawn.sample.allFinite());
      CHECK(drawn.log_prob.allFinite());
      CHECK(q.in_support(drawn.sample).all());
      CHECK(q.log_prob(drawn.sample).allFinite());
    });
  }
}

TEST_CASE("With logits (0, 20) in float the first class, of probability 2e-9, can win", "[hard]") {
  // Elsewhere the noise of one class lies within 18.7 of that of the other, and it never does.
  const concrete::DiscreteXf d(Eigen::Vector2f(0, 20));
  Scripted32 engine({~0u, 0u}), again({~0u, 0u});
  CHECK(d.sample(engine) == Eigen::VectorXf(Eigen::Vector2f(1, 0)));
  CHECK(d.sample_index(again) == 0);
  Scripted32 relaxed({~0u, 0u});
  const Eigen::VectorXf x = concrete::ConcreteXf(Eigen::Vector2f(0, 20), 0.5).sample(relaxed);
  CHECK(x(0) > 0.5f);

  // The noise of the two classes may differ by more than 25.
  Scripted32 lowest({0u}), highest({~0u});
  CHECK(concrete::draw_gumbel<float>(highest) - concrete::draw_gumbel<float>(lowest) > 25);
}

TEMPLATE_TEST_CASE("Both tails of the Logistic distribution are equally long and fine", "[hard]", float, double) {
  // Elsewhere one end of a float is -87.3, with a probability of 2^-23, and the next value -15.9.
  using T = TestType;
  using Word = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;
  const auto logistic = [](Word word) {
    testing::ScriptedEngine<Word> engine({word});
    return concrete::draw_logistic<T>(engine);
  };
  constexpr int bits = std::numeric_limits<Word>::digits;
  for (const Word k : {Word{0}, Word{1}, Word{2}, Word{3}, Word{1000}}) {
    CAPTURE(k);
    CHECK(logistic(k) == -logistic(static_cast<Word>(~k)));
    const double u = std::ldexp(static_cast<double>(k) + 0.5, -bits);  // the midpoint of cell k
    const double expected = std::log(u) - std::log1p(-u);
    // One eps each for the odds, of which the logarithm is taken, and for the logarithm.
    CHECK(std::abs(double(logistic(k)) - expected) <= 2 * double(testing::eps<T>) * std::abs(expected));
  }
}
