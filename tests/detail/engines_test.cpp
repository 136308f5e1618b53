#include "concrete/detail/engines.hpp"

#include <cstdint>
#include <random>

#include "catch.hpp"
#include "concrete/noise/engine.hpp"
#include "support/engines.hpp"
#include "support/random.hpp"

namespace detail = concrete::detail;

namespace {

/// Numbers of which one thing may be wrong.
template <class Word, class Bound = Word, int smallest = 0, int largest = 100>
struct Numbers {
  static constexpr Bound min() { return Bound(smallest); }
  static constexpr Bound max() { return Bound(largest); }
  Word operator()() { return 1; }
};

struct NotCalled {
  static constexpr unsigned min() { return 0; }
  static constexpr unsigned max() { return 1; }
};

struct Constant : NotCalled {
  unsigned operator()() const { return 1; }
};

struct Temporary : NotCalled {
  unsigned operator()() && { return 1; }
};

struct Unbounded {
  unsigned operator()() { return 1; }
};

struct BoundsOfAnObject {
  unsigned min() const { return 0; }
  unsigned max() const { return 1; }
  unsigned operator()() { return 1; }
};

struct BoundsAtRunTime {
  static unsigned min() { return 0; }
  static unsigned max() { return 1; }
  unsigned operator()() { return 1; }
};

template <class E>
constexpr bool as_the_standard = detail::RandomBitGenerator<E> == std::uniform_random_bit_generator<E>;

template <class E>
constexpr bool accepted = detail::RandomBitGenerator<E>&& as_the_standard<E>;

template <class E>
constexpr bool refused = !detail::RandomBitGenerator<E> && as_the_standard<E>;

}  // namespace

TEST_CASE("An engine is what the standard takes for a generator of random bits, and nothing else") {
  STATIC_REQUIRE(accepted<std::mt19937>);
  STATIC_REQUIRE(accepted<std::mt19937_64>);
  STATIC_REQUIRE(accepted<std::minstd_rand>);
  STATIC_REQUIRE(accepted<std::ranlux48>);
  STATIC_REQUIRE(accepted<std::random_device>);
  STATIC_REQUIRE(accepted<concrete::Engine>);
  STATIC_REQUIRE(accepted<testing::Random>);
  STATIC_REQUIRE(accepted<testing::ThreeValuedEngine>);
  STATIC_REQUIRE(accepted<Numbers<std::uint8_t>>);
  STATIC_REQUIRE(accepted<Constant>);
  STATIC_REQUIRE(accepted<const Constant>);

  STATIC_REQUIRE(refused<int>);
  STATIC_REQUIRE(refused<void>);
  STATIC_REQUIRE(refused<std::seed_seq>);
  STATIC_REQUIRE(refused<std::uniform_int_distribution<int>>);
  STATIC_REQUIRE(refused<const std::mt19937>);
  STATIC_REQUIRE(refused<Numbers<int>>);
  STATIC_REQUIRE(refused<Numbers<double>>);
  STATIC_REQUIRE(refused<Numbers<unsigned, unsigned long>>);
  STATIC_REQUIRE(refused<Numbers<unsigned, unsigned, 7, 7>>);
  STATIC_REQUIRE(refused<Numbers<unsigned, unsigned, 7, 5>>);
  STATIC_REQUIRE(refused<NotCalled>);
  STATIC_REQUIRE(refused<Temporary>);
  STATIC_REQUIRE(refused<Unbounded>);
  STATIC_REQUIRE(refused<BoundsOfAnObject>);
  STATIC_REQUIRE(refused<BoundsAtRunTime>);
}

TEST_CASE("A variable is passed for an engine, and neither a constant nor a temporary") {
  STATIC_REQUIRE(!detail::NoEngine<std::mt19937&>);
  STATIC_REQUIRE(!detail::NoEngine<concrete::Engine&>);
  STATIC_REQUIRE(detail::NoEngine<std::mt19937>);
  STATIC_REQUIRE(detail::NoEngine<const std::mt19937&>);
  STATIC_REQUIRE(detail::NoEngine<int&>);
}
