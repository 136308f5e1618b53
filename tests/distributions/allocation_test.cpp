#include "support/allocation.hpp"

#include <cmath>
#include <cstddef>
#include <memory>

#include "catch.hpp"
#include "support/models.hpp"

// What the classes promise of memory: filling what is there allocates nothing, everything else only its result.

namespace {

using Eigen::Index;
using testing::AllModels;
using testing::allocations;
using testing::draw_model;
using testing::Random;
using testing::RelaxedModels;

template <class D>
using Matrix = Eigen::MatrixX<typename D::Scalar>;

/// 1 if results of this type keep their entries on the heap, else 0.
template <class Result>
constexpr std::size_t heap() {
  if constexpr (requires { Result::SizeAtCompileTime; }) {
    return Result::SizeAtCompileTime == Eigen::Dynamic ? 1 : 0;
  } else {
    return 0;
  }
}

/// Where results escape to: an allocation that nobody could see would be optimised away.
const void* volatile sink = nullptr;

/// Checks how often computing a result allocates.
template <class Call>
void check_allocates(const Call& call, std::size_t expected) {
  if (!testing::allocations_are_counted) return;
  const auto allocated = allocations([&] {
    const auto result = call();
    sink = &result;
    sink = nullptr;
  });
  CHECK(allocated == expected);
}

template <class Work>
void check_allocates_nothing(const Work& work) {
  if (testing::allocations_are_counted) CHECK(allocations(work) == 0);
}

}  // namespace

TEST_CASE("Allocations are counted, those of Eigen and those of new", "[allocation]") {
  if (!testing::allocations_are_counted) return;
  CHECK(allocations([] {}) == 0);
  const auto by_eigen = [] {
    const Eigen::VectorXd zeros = Eigen::VectorXd::Zero(10);
    sink = zeros.data();
  };
  const auto by_new = [] {
    const auto number = std::make_unique<int>(1);
    sink = number.get();
  };
  CHECK(allocations(by_eigen) == 1);
  CHECK(allocations(by_new) == 1);
  CHECK(allocations([] { [[maybe_unused]] const Eigen::Matrix3d fixed = Eigen::Matrix3d::Zero(); }) == 0);
}

TEMPLATE_LIST_TEST_CASE("Sampling into what has the right shape allocates nothing", "[allocation]", AllModels) {
  const TestType model = draw_model<TestType>(191);
  const Index n = model.dimension(), b = model.batch_size();
  Random engine(192);
  typename TestType::Logits like_logits = model.logits();
  Matrix<TestType> three_samples(n, 3 * b), frame(n + 2, b + 2), transposed(b, n);

  check_allocates_nothing([&] { model.sample(engine, like_logits); });
  check_allocates_nothing([&] { model.sample(engine, three_samples); });
  check_allocates_nothing([&] { model.sample(engine, frame.block(1, 1, n, b)); });
  check_allocates_nothing([&] { model.sample(engine, transposed.transpose()); });
  check_allocates_nothing([&] { model.sample(engine, transposed.reshaped(n, b)); });
  check_allocates_nothing([&] { model.sample(engine, Eigen::Map<Matrix<TestType>>(frame.data(), n, b)); });
  check_allocates([&] { return model.sample(engine); }, heap<typename TestType::Logits>());
  check_allocates([&] { return model.sample(engine, 3); }, 1);
}

TEMPLATE_LIST_TEST_CASE("Sampling with densities into what has the right shape allocates nothing", "[allocation]",
                        RelaxedModels) {
  using Scalar = typename TestType::Scalar;
  const TestType model = draw_model<TestType>(193);
  const Index n = model.dimension(), b = model.batch_size();
  Random engine(194);
  typename TestType::Logits like_logits = model.logits();
  Matrix<TestType> three_samples(n, 3 * b), frame(n + 2, b + 2);
  Eigen::RowVectorX<Scalar> log_prob(b), three_log_probs(3 * b);

  check_allocates_nothing([&] { model.sample_and_log_prob(engine, like_logits, log_prob); });
  check_allocates_nothing([&] { model.sample_and_log_prob(engine, three_samples, three_log_probs); });
  check_allocates_nothing([&] { model.sample_and_log_prob(engine, frame.block(1, 1, n, b), three_log_probs.head(b)); });
  if constexpr (TestType::Logits::ColsAtCompileTime == 1) {
    Scalar number = 0;
    check_allocates_nothing([&] { model.sample_and_log_prob(engine, like_logits, number); });
  }
}

TEMPLATE_LIST_TEST_CASE("Densities and gradients allocate their results and nothing else", "[allocation]",
                        RelaxedModels) {
  using Logits = typename TestType::Logits;
  const TestType model = draw_model<TestType>(195);
  Random engine(196);
  const auto check = [&](const auto& sample) {
    using Value = decltype(model.log_prob(sample));
    using Sample = decltype(model.log_prob_gradient(sample).sample);
    check_allocates([&] { return model.log_prob(sample); }, heap<Value>());
    check_allocates([&] { return model.in_support(sample); }, heap<Value>());
    check_allocates([&] { return model.log_prob_gradient(sample); }, heap<Value>() + heap<Sample>() + heap<Logits>());
    check_allocates([&] { return model.pathwise_gradient(sample, sample); }, heap<Logits>());
    check_allocates([&] { return model.reparameterize(sample); }, heap<Sample>());
    if constexpr (testing::is_binary<TestType>) {
      check_allocates([&] { return model.cdf(sample); }, heap<Sample>());
      check_allocates([&] { return model.quantile(sample); }, heap<Sample>());
    }
  };
  check(model.sample(engine));
  check(model.sample(engine, 3));
}

TEMPLATE_LIST_TEST_CASE("Densities and gradients into what has the right shape allocate nothing", "[allocation]",
                        RelaxedModels) {
  using Logits = typename TestType::Logits;
  using Scalar = typename TestType::Scalar;
  const TestType model = draw_model<TestType>(198);
  Random engine(199);
  const auto check = [&](const auto& sample) {
    auto gradient = model.log_prob_gradient(sample);
    concrete::ParameterGradient<Logits> pathwise = model.pathwise_gradient(sample, sample);
    Eigen::RowVectorX<Scalar> log_prob(sample.cols());
    check_allocates_nothing([&] { model.log_prob(sample, gradient.value); });
    check_allocates_nothing([&] { model.log_prob(sample, log_prob); });
    check_allocates_nothing([&] { model.log_prob_gradient(sample, 1, gradient); });
    check_allocates_nothing([&] { model.log_prob_gradient(sample, log_prob, gradient); });
    check_allocates_nothing([&] { model.pathwise_gradient(sample, gradient.sample, pathwise); });
  };
  check(model.sample(engine));
  check(model.sample(engine, 3));
}

TEST_CASE("Vectors of a fixed size never touch the heap", "[allocation]") {
  Random engine(197);
  check_allocates_nothing([&] {
    const concrete::ExpConcrete q(Eigen::Vector3d(0.3, -0.5, 0.9), 0.7);
    const auto [y, log_prob] = q.sample_and_log_prob(engine);
    const auto gradient = q.log_prob_gradient(y, q.log_prob(y));
    const auto pathwise = q.pathwise_gradient(y, gradient.sample);
    const auto x = decltype(q)::to_concrete(y);
    const auto h = decltype(q)::to_concrete_gradient(y, pathwise.logits);
    const concrete::Concrete p(h, 1 + std::abs(log_prob));
    (void)p.log_prob_gradient(x, p.log_prob(x));
    (void)p.pathwise_gradient(x, h);
    (void)q.in_support(q.harden(y));
    (void)p.in_support(p.harden(x));
    (void)q.discrete().sample(engine);
  });
  check_allocates_nothing([&] {
    const concrete::LogitBinaryConcrete q(Eigen::Vector3d(0.3, -0.5, 0.9), 0.7);
    const auto [y, log_prob] = q.sample_and_log_prob(engine);
    const auto gradient = q.log_prob_gradient(y, q.log_prob(y));
    const auto pathwise = q.pathwise_gradient(y, gradient.sample);
    const auto x = decltype(q)::to_concrete(y);
    const concrete::BinaryConcrete p(pathwise.logits, 1 + std::abs(log_prob));
    (void)p.log_prob_gradient(x, p.log_prob(x));
    (void)p.pathwise_gradient(p.quantile(p.cdf(x)), x);
    (void)q.in_support(q.quantile(q.cdf(q.harden(y))));
    (void)p.in_support(p.harden(x));
    (void)q.discrete().sample(engine);
  });
}

TEST_CASE("A step of gradient descent through x allocates nothing but the distribution", "[allocation]") {
  if (!testing::allocations_are_counted) return;
  Random random(4);
  const Eigen::MatrixXf logits = random.matrix<Eigen::MatrixXf>(5, 8, -3, 3);
  const concrete::ExpConcrete q(logits, 0.5f);
  Eigen::MatrixXf y = logits, x = logits, dx = logits;
  auto gradient = q.pathwise_gradient(y, dx);
  CHECK(allocations([&] {
          q.sample(random, y);
          q.to_concrete(y, x);
          dx = 2 * x;
          q.to_concrete_gradient(y, dx, dx);
          q.pathwise_gradient(y, dx, gradient);
        }) == 0);
}

TEST_CASE("A single fixed-size gate never touches the heap", "[allocation]") {
  if (!testing::allocations_are_counted) return;
  using Gate = Eigen::Vector<float, 1>;
  Random random(5);
  float slope = 0;
  CHECK(allocations([&] {
          const concrete::LogitBinaryConcrete gate(Gate(0.3f), 0.5f);
          const Gate y = gate.sample(random), x = gate.to_concrete(y);
          slope = gate.pathwise_gradient(y, gate.to_concrete_gradient(y, x)).logits(0);
          slope += float(concrete::Bernoulli(gate.logits()).sample_index(random)(0));
        }) == 0);
  CHECK(std::isfinite(slope));
}
