#include "accuracy/lengths.hpp"
#include "catch.hpp"

// Single columns of every length are compared with 50 digits.

namespace {

using Eigen::Index;
using testing::Kind;
using testing::Mask;
using testing::Random;

template <class Actual, class Expected>
void check_values(const Actual& actual, const Expected& expected) {
  CHECK(testing::worst_error(actual.log_prob, expected.log_prob) <= testing::lengths_bound);
  CHECK(testing::worst_error(actual.sample, expected.by_sample) <= testing::lengths_bound);
  CHECK(testing::worst_error(actual.logits, expected.by_logits) <= testing::lengths_bound);
  CHECK(testing::worst_error(actual.temperature, expected.by_temperature) <= testing::lengths_bound);
  CHECK(testing::worst_error(actual.path_logits, expected.path_logits) <= testing::lengths_bound);
  CHECK(testing::worst_error(actual.path_temperature, expected.path_temperature) <= testing::lengths_bound);
}

template <class D>
void check_against_reference(const D& q, Kind kind, Random& random) {
  using Vector = Eigen::VectorX<typename D::Scalar>;
  const Vector point = testing::draw_point(q, kind, random), upstream = random.vector<Vector>(q.dimension(), -1, 1);
  const auto actual = testing::ask(q, point, upstream, 1);
  CHECK(testing::same(actual.value, actual.log_prob));
  const auto dropped = q.log_prob_gradient(point, 0);
  CHECK(testing::same(dropped.value, actual.log_prob));
  CHECK((dropped.sample.isZero(0) && dropped.logits.isZero(0) && dropped.temperature == 0));
  if (kind == Kind::nan) {
    CHECK(std::isnan(actual.value));
    return;
  }
  if (kind == Kind::outside && (!testing::is_binary<D> || testing::is_on_x_scale<D>)) {
    CHECK(actual.value == -testing::inf<typename D::Scalar>);
    CHECK(actual.sample.isZero(0));
    CHECK(actual.logits.isZero(0));
    CHECK(actual.temperature == 0);
    return;
  }
  const auto expected = testing::reference_model(q).at(testing::widen(point), testing::widen(upstream));
  if (!testing::is_binary<D> && expected.by_temperature.empty()) {
    CHECK(actual.temperature == -testing::inf<typename D::Scalar>);  // towards a face
  }
  check_values(actual, expected);
}

/// The sample that noise makes, with its log-density.
template <class D>
void check_noise_against_reference(const D& q, Random& random) {
  Random again = random;
  const auto noise = q.noise(random);
  const auto drawn = q.sample_and_log_prob(again);
  const auto expected = testing::reference_model(q).from(testing::widen(noise));
  CHECK(testing::identical(q.reparameterize(noise), drawn.sample));
  CHECK(testing::worst_error(drawn.sample, expected.sample) <= testing::lengths_bound);
  CHECK(testing::worst_error(drawn.log_prob, expected.log_prob) <= testing::lengths_bound);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("At every length a column has the numbers of 50 digits", "[accuracy][lengths]",
                        testing::LengthsClasses) {
  using D = decltype(testing::single(std::declval<const TestType&>(), 0));
  Random random(321);
  constexpr double temperatures[] = {0.5, 0.05, 1, 5};
  for (const Index n : testing::lengths) {
    std::size_t turn = 0;
    for (const Mask mask : testing::masks_of<D>(n)) {
      for (const Kind kind : testing::all_kinds) {
        if (n > testing::long_length && kind == Kind::inside) continue;
        const double temperature = temperatures[turn++ % std::size(temperatures)];
        CAPTURE(n, static_cast<int>(mask), static_cast<int>(kind), temperature);
        const D q(testing::draw_masked_logits<typename D::Logits>(random, n, mask), temperature);
        check_against_reference(q, kind, random);
        if (kind == Kind::law) check_noise_against_reference(q, random);
      }
    }
  }
}

TEMPLATE_TEST_CASE("Scores that rise all along a column, behind masks, add up as others do", "[accuracy][lengths]",
                   (concrete::ExpConcreteXf), (concrete::ExpConcreteXd), (concrete::ConcreteXd),
                   (concrete::ExpConcrete<Eigen::VectorX<long double>>)) {
  // The largest score is found anew in every part.
  using Scalar = typename TestType::Scalar;
  using Vector = Eigen::VectorX<Scalar>;
  Random random(329);
  constexpr Index n = 9000, masked = 1500;
  for (const int rise : {1, 60, 2000}) {
    CAPTURE(rise);
    Vector a = Vector::LinSpaced(n, 0, static_cast<Scalar>(rise));
    a.head(masked).setConstant(-testing::inf<Scalar>);
    const TestType q(a, 1), even(Vector::Zero(n - masked), 1);  // samples in which all classes have their share
    Vector point = Vector::Constant(n, testing::is_on_x_scale<TestType> ? 0 : -testing::inf<Scalar>);
    point.tail(n - masked) = even.sample(random);
    const Vector upstream = random.vector<Vector>(n, -1, 1);
    const auto expected = testing::reference_model(q).at(testing::widen(point), testing::widen(upstream));
    check_values(testing::ask(q, point, upstream, 1), expected);
  }
}

TEMPLATE_TEST_CASE("At every length the density has its finite limit on the face where powers cancel",
                   "[accuracy][lengths]", float, double) {
  // Of n classes m vanish, t (n - m) = m: all exact numbers. 9 masked classes are not counted.
  using Vector = Eigen::VectorX<TestType>;
  Random random(327);
  for (const auto& [n, zeros] :
       {std::pair<Index, Index>{2, 1}, {3, 1}, {5, 1}, {33, 1}, {48, 16}, {1025, 1}, {1536, 512}}) {
    for (const Index masked : {0, 9}) {
      CAPTURE(n, zeros, masked);
      const TestType t = static_cast<TestType>(zeros) / static_cast<TestType>(n - zeros);
      Vector a = random.vector<Vector>(n + masked, -3, 3), x = random.vector<Vector>(n + masked, 0.1, 1);
      for (Index k = 0; k < masked; ++k) {
        const Index place = n / 2 + k;
        a(place) = -testing::inf<TestType>;
        x(place) = 0;
      }
      for (Index count = 0; count < zeros;) {
        TestType& entry = x(testing::below(random, x.size()));
        if (entry == 0) continue;
        entry = 0;
        ++count;
      }
      x /= x.sum();
      const concrete::Concrete<Vector> q(a, t);
      const auto expected = testing::reference_model(q).at(testing::widen(x), testing::WideVector::Zero(x.size()));
      CHECK(isfinite(expected.log_prob[0].value));
      CHECK(testing::worst_error(q.log_prob(x), expected.log_prob) <= testing::lengths_bound);
      const auto gradient = q.log_prob_gradient(x);
      CHECK(testing::worst_error(gradient.value, expected.log_prob) <= testing::lengths_bound);
      CHECK(testing::worst_error(gradient.logits, expected.by_logits) <= testing::lengths_bound);
      CHECK_FALSE(gradient.sample.array().isNaN().any());
    }
  }
}

TEMPLATE_TEST_CASE("At every length points that are no samples carry gradients as samples do", "[accuracy][lengths]",
                   float, double) {
  // Only the differences of y count, in a batch with samples too.
  using Matrix = Eigen::MatrixX<TestType>;
  using Vector = Eigen::VectorX<TestType>;
  Random random(328);
  for (const Index n : testing::lengths) {
    if (n == 1) continue;
    for (const Mask mask : {Mask::none, Mask::half}) {
      CAPTURE(n, static_cast<int>(mask));
      const concrete::ExpConcrete<Vector> q(testing::draw_masked_logits<Vector>(random, n, mask), 0.5);
      const concrete::ExpConcrete<Matrix> batch(q.logits().rowwise().replicate(3).eval(), 0.5);
      const Matrix upstream = random.matrix<Matrix>(n, 3, -1, 1);
      Matrix points(n, 3);
      for (Index j = 0; j < 3; ++j) points.col(j) = q.sample(random);
      points.col(1).array() += TestType(n % 2 == 0 ? 30 : -2000);
      const auto path = batch.pathwise_gradient(points, upstream);
      for (Index j = 0; j < 3; ++j) {
        CHECK(testing::identical(path.logits.col(j), q.pathwise_gradient(points.col(j), upstream.col(j)).logits));
      }
      if (n > 1025) continue;
      testing::WideVector y = testing::widen(points.col(1));
      testing::Wide total = 0;
      for (Index k = 0; k < n; ++k) total += exp(y(k) - y.maxCoeff());
      y.array() -= y.maxCoeff() + log(total);
      const auto expected = testing::reference_model(q).at(y, testing::widen(upstream.col(1)));
      CHECK(testing::worst_error(path.logits.col(1), expected.path_logits) <= testing::lengths_bound);
    }
  }
}
