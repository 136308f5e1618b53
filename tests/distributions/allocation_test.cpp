// What promises not to allocate does not: every allocation of this program is counted, Eigen's by malloc included.

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "catch.hpp"
#include "concrete/concrete.hpp"
#include "support/random.hpp"

namespace {

std::atomic<long> allocations{0};

}  // namespace

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTS_NEW_ONLY
#endif
#endif
#else
#define COUNTS_NEW_ONLY  // a sanitizer has a malloc of its own
#endif

#if defined(COUNTS_NEW_ONLY)

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

#else

extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* malloc(std::size_t size) noexcept {
  ++allocations;
  return __libc_malloc(size);
}

#endif

namespace {

template <class F>
long allocations_of(const F& f) {
  const long before = allocations;
  f();
  return allocations - before;
}

template <template <class> class Class, class Logits>
struct Case {
  using Distribution = Class<Logits>;
  using Parameters = Logits;
};

template <class Logits>
Logits logits_of_some_size() {
  return testing::Random(1).matrix<Logits>(3, Logits::ColsAtCompileTime == Eigen::Dynamic ? 50 : 1, -2, 2);
}

}  // namespace

TEST_CASE("The counter counts") {
  CHECK(allocations_of([] { delete new int(1); }) > 0);
#if !defined(COUNTS_NEW_ONLY)
  CHECK(allocations_of([] { Eigen::VectorXd(100).setZero(); }) > 0);
#endif
}

TEMPLATE_TEST_CASE("Sampling into an output allocates nothing", "", (Case<concrete::Concrete, Eigen::Vector3f>),
                   (Case<concrete::Concrete, Eigen::VectorXd>), (Case<concrete::Concrete, Eigen::MatrixXd>),
                   (Case<concrete::ExpConcrete, Eigen::Vector3d>), (Case<concrete::ExpConcrete, Eigen::MatrixXf>),
                   (Case<concrete::BinaryConcrete, Eigen::Vector3d>), (Case<concrete::BinaryConcrete, Eigen::MatrixXd>),
                   (Case<concrete::LogitBinaryConcrete, Eigen::VectorXf>),
                   (Case<concrete::LogitBinaryConcrete, Eigen::MatrixXd>)) {
  using Logits = typename TestType::Parameters;
  using Scalar = typename Logits::Scalar;
  const typename TestType::Distribution distribution(logits_of_some_size<Logits>(), 0.5);
  testing::Random engine(2);
  Logits sample = distribution.logits();
  Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic> many(3, 4 * distribution.batch_size());
  Eigen::Matrix<Scalar, 1, Eigen::Dynamic> log_prob(sample.cols()), log_probs(many.cols());
  CHECK(allocations_of([&] { distribution.sample(engine, sample); }) == 0);
  CHECK(allocations_of([&] { distribution.sample(engine, many); }) == 0);
  CHECK(allocations_of([&] { distribution.sample(engine, many.rightCols(distribution.batch_size())); }) == 0);
  CHECK(allocations_of([&] { distribution.sample_and_log_prob(engine, sample, log_prob); }) == 0);
  CHECK(allocations_of([&] { distribution.sample_and_log_prob(engine, many, log_probs); }) == 0);
}

TEMPLATE_TEST_CASE("Nothing that a fixed-size distribution does allocates", "",
                   (Case<concrete::Concrete, Eigen::Vector3d>), (Case<concrete::ExpConcrete, Eigen::Vector4f>),
                   (Case<concrete::BinaryConcrete, Eigen::Vector3f>),
                   (Case<concrete::LogitBinaryConcrete, Eigen::Vector3d>)) {
  using Logits = typename TestType::Parameters;
  using Scalar = typename Logits::Scalar;
  const Logits logits = Logits::Constant(Scalar(0.25));
  testing::Random engine(3);
  const long count = allocations_of([&] {
    const typename TestType::Distribution distribution(logits, 0.5);
    const auto [y, log_q] = distribution.sample_and_log_prob(engine);
    const auto gradient = distribution.log_prob_gradient(y, log_q);
    const auto through = distribution.pathwise_gradient(y, gradient.sample);
    const auto again = distribution.reparameterize(distribution.noise(engine));
    volatile Scalar keep = distribution.log_prob(again) + through.temperature;
    static_cast<void>(keep);
  });
  CHECK(count == 0);
}
