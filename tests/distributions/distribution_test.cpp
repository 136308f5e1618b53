#include "concrete/distributions/distribution.hpp"

#include <string>
#include <type_traits>
#include <utility>

#include "catch.hpp"
#include "support/failure.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// What all six classes promise alike: construction, access, noise. One battery for all of them, over fixed, dynamic,
// row-major and batched logits. Sampling in all its forms stands in sampling_test.cpp.

namespace {

using Eigen::Index;
using Eigen::MatrixXd, Eigen::MatrixXf, Eigen::RowVectorXd, Eigen::Vector3d, Eigen::VectorXd, Eigen::VectorXf;
using testing::AllModels;
using testing::draw_logits;
using testing::draw_model;
using testing::failure;
using testing::identical;
using testing::make;
using testing::Random;

}  // namespace

// ---- Construction: the type of the logits is the plain one of whatever expression comes in ----

namespace {

constexpr auto exp_concrete = [](auto&&... x) { return concrete::ExpConcrete(decltype(x)(x)...); };
constexpr auto simplex_concrete = [](auto&&... x) { return concrete::Concrete(decltype(x)(x)...); };
constexpr auto logit_binary = [](auto&&... x) { return concrete::LogitBinaryConcrete(decltype(x)(x)...); };
constexpr auto binary = [](auto&&... x) { return concrete::BinaryConcrete(decltype(x)(x)...); };
constexpr auto discrete = [](auto&&... x) { return concrete::Discrete(decltype(x)(x)...); };
constexpr auto bernoulli = [](auto&&... x) { return concrete::Bernoulli(decltype(x)(x)...); };

template <class Logits, class Construct, class... Arguments>
constexpr bool deduces = std::is_same_v<typename std::invoke_result_t<Construct, Arguments...>::Logits, Logits>;

template <class Construct, class... Temperature>
constexpr bool deduces_plain_types = deduces<VectorXd, Construct, VectorXd&, Temperature...>&& deduces<
    VectorXd, Construct, VectorXd, Temperature...>&& deduces<MatrixXf, Construct, const MatrixXf&, Temperature...>&&
    deduces<VectorXd, Construct, decltype(2 * std::declval<VectorXd&>()), Temperature...>&&
        deduces<VectorXf, Construct, decltype(std::declval<MatrixXf&>().col(0)), Temperature...>&&
            deduces<Vector3d, Construct, decltype(std::declval<VectorXd&>().head<3>()), Temperature...>&&
                deduces<VectorXd, Construct, Eigen::Map<const VectorXd>, Temperature...>&&
                    deduces<MatrixXd, Construct, decltype(std::declval<MatrixXf&>().cast<double>()), Temperature...>&&
                        deduces<testing::RowMajorXXd, Construct, testing::RowMajorXXd&, Temperature...>&&
                            deduces<VectorXf, Construct, concrete::Probabilities<VectorXf>, Temperature...>&&
                                deduces<MatrixXd, Construct, const concrete::Probabilities<MatrixXd>&, Temperature...>;

template <class Construct, class... Temperature>
constexpr bool deduces_from_odds = deduces<VectorXf, Construct, concrete::Odds<VectorXf>, Temperature...>&&
    deduces<RowVectorXd, Construct, RowVectorXd&, Temperature...>;

static_assert(deduces_plain_types<decltype(exp_concrete), double>);
static_assert(deduces_plain_types<decltype(exp_concrete), int>);
static_assert(deduces_plain_types<decltype(simplex_concrete), double>);
static_assert(deduces_plain_types<decltype(simplex_concrete), float>);
static_assert(deduces_plain_types<decltype(logit_binary), double>);
static_assert(deduces_plain_types<decltype(binary), double>);
static_assert(deduces_plain_types<decltype(discrete)>);
static_assert(deduces_plain_types<decltype(bernoulli)>);
static_assert(deduces_from_odds<decltype(logit_binary), double>);
static_assert(deduces_from_odds<decltype(binary), int>);
static_assert(deduces_from_odds<decltype(bernoulli)>);

// Odds mean nothing to a categorical class, and a temperature nothing to a limit.
static_assert(!std::is_constructible_v<concrete::ExpConcreteXd, concrete::Odds<VectorXd>, double>);
static_assert(!std::is_constructible_v<concrete::ConcreteXd, concrete::Odds<VectorXd>, double>);
static_assert(!std::is_constructible_v<concrete::DiscreteXd, concrete::Odds<VectorXd>>);
static_assert(!std::is_constructible_v<concrete::DiscreteXd, VectorXd, double>);
static_assert(!std::is_convertible_v<VectorXd, concrete::DiscreteXd>);
static_assert(!std::is_convertible_v<VectorXd, concrete::BernoulliXd>);

// A batch stays a value: copied, moved, assigned.
static_assert(std::is_copy_assignable_v<concrete::ExpConcreteXXd>);
static_assert(std::is_nothrow_move_constructible_v<concrete::ExpConcreteXXd>);

template <class Row, class Logits>
constexpr bool samples_as =
    std::is_same_v<decltype(concrete::Concrete<Logits>(std::declval<Logits>(), 1).sample(std::declval<Random&>(), 7)),
                   Row>;
static_assert(samples_as<MatrixXd, VectorXd>);
static_assert(samples_as<Eigen::Matrix3Xd, Vector3d>);
static_assert(samples_as<testing::RowMajorXXf, testing::RowMajorXXf>);

}  // namespace

TEMPLATE_LIST_TEST_CASE("A distribution holds the logits of a copy, an expression or a move", "[construction]",
                        AllModels) {
  using Logits = typename TestType::Logits;
  using Scalar = typename TestType::Scalar;
  const Logits logits = draw_logits<Logits>(1);
  const auto from = [](auto&& x) {
    if constexpr (testing::is_relaxed<TestType>) {
      return TestType(decltype(x)(x), 0.5);
    } else {
      return TestType(decltype(x)(x));
    }
  };

  CHECK(identical(from(logits).logits(), logits));
  CHECK(from(logits).dimension() == logits.rows());
  CHECK(from(logits).batch_size() == logits.cols());
  CHECK(identical(from(logits + logits).logits(), Scalar(2) * logits));
  CHECK(identical(from(logits.array().exp().matrix()).logits(), logits.array().exp().matrix()));
  CHECK(identical(from(MatrixXd(logits.template cast<double>()).template cast<Scalar>()).logits(), logits));

  Logits moved = logits;
  const Scalar* const storage = moved.data();
  const TestType model = from(std::move(moved));
  CHECK(identical(model.logits(), logits));
  if (Logits::SizeAtCompileTime == Eigen::Dynamic) CHECK(model.logits().data() == storage);
}

TEMPLATE_LIST_TEST_CASE("A distribution is equal to one of the same numbers", "[construction]", AllModels) {
  const TestType model = draw_model<TestType>(2);
  const TestType copy = model;
  CHECK(model == copy);
  CHECK_FALSE(model != copy);

  auto logits = model.logits();
  logits(0, 0) += 1;
  CHECK(model != make<TestType>(logits));

  TestType assigned = make<TestType>(logits);
  assigned = model;
  CHECK(assigned == model);
}

TEMPLATE_LIST_TEST_CASE("A distribution refuses logits that its type cannot hold", "[construction][errors]",
                        AllModels) {
  using Logits = typename TestType::Logits;
  using Scalar = typename TestType::Scalar;
  const Eigen::MatrixX<Scalar> too_large = Eigen::MatrixX<Scalar>::Zero(5, 6);
  const auto construct = [&] {
    if constexpr (testing::is_relaxed<TestType>) {
      TestType(too_large, 1);
    } else {
      TestType{too_large};
    }
  };
  const bool fits = Logits::RowsAtCompileTime == Eigen::Dynamic && Logits::ColsAtCompileTime == Eigen::Dynamic;
  CHECK(failure(construct) ==
        (fits ? "(nothing was thrown)" : "logits are 5 x 6, which the distribution's type does not allow"));
}

TEMPLATE_LIST_TEST_CASE("A distribution names the logit that it refuses", "[construction][errors]", AllModels) {
  using Scalar = typename TestType::Scalar;
  auto logits = draw_logits<typename TestType::Logits>(3);
  const Index i = logits.rows() - 1, j = logits.cols() - 1;
  const std::string place = "logits(" + std::to_string(i) + ", " + std::to_string(j) + ") must ";
  const std::string bound = testing::is_binary<TestType> ? "be finite" : "not be NaN or +inf";
  const auto complaint = [&](double value) {
    logits(i, j) = static_cast<Scalar>(value);
    return failure([&] { make<TestType>(logits); });
  };

  CHECK(complaint(testing::quiet_nan<>) == place + bound + ", but was nan");
  CHECK(complaint(-testing::quiet_nan<>) == place + bound + ", but was nan");
  CHECK(complaint(testing::inf<>) == place + bound + ", but was inf");
  if (testing::is_binary<TestType>) CHECK(complaint(-testing::inf<>) == place + "be finite, but was -inf");
}

TEMPLATE_LIST_TEST_CASE("A distribution refuses logits of nothing", "[construction][errors]", AllModels) {
  using Logits = typename TestType::Logits;
  if constexpr (Logits::SizeAtCompileTime == Eigen::Dynamic) {
    Logits empty;
    if constexpr (Logits::RowsAtCompileTime == 1) {
      CHECK(failure([&] { make<TestType>(empty); }) == "logits must not be empty, but are 1 x 0");
    } else if constexpr (Logits::ColsAtCompileTime == 1) {
      CHECK(failure([&] { make<TestType>(empty); }) == "logits must not be empty, but are 0 x 1");
    } else {
      CHECK(failure([&] { make<TestType>(empty); }) == "logits must not be empty, but are 0 x 0");
      empty.resize(3, 0);
      CHECK(failure([&] { make<TestType>(empty); }) == "logits must not be empty, but are 3 x 0");
    }
  }
}

// ---- Numbers that say what they are ----

TEST_CASE("Probabilities of categories become their logarithms", "[construction]") {
  const Vector3d p(0.2, 0, 0.6);
  const concrete::ExpConcrete relaxed(concrete::probabilities(p), 2);
  const concrete::Discrete limit(concrete::probabilities(2 * p));  // need not sum to one

  CHECK(relaxed.logits()(0) == std::log(0.2));
  CHECK(relaxed.logits()(1) == -testing::inf<>);
  CHECK(relaxed.logits()(2) == std::log(0.6));
  CHECK(limit.logits()(2) == std::log(1.2));
  CHECK(identical(concrete::Concrete(concrete::probabilities(p), 2).logits(), relaxed.logits()));
}

TEST_CASE("Probabilities and odds of binary variables become log-odds", "[construction]") {
  const Vector3d p(0.2, 0.5, 0.99);
  const Vector3d expected(std::log(0.25), 0, std::log(99.0));
  const auto close = [&](const auto& model) { return model.logits().isApprox(expected, 4e-16); };

  CHECK(close(concrete::LogitBinaryConcrete(concrete::probabilities(p), 1)));
  CHECK(close(concrete::BinaryConcrete(concrete::probabilities(p), 1)));
  CHECK(close(concrete::Bernoulli(concrete::probabilities(p))));
  CHECK(close(concrete::LogitBinaryConcrete(concrete::odds(Vector3d(0.25, 1, 99)), 1)));
  CHECK(close(concrete::BinaryConcrete(concrete::odds(Vector3d(0.25, 1, 99)), 1)));
  CHECK(close(concrete::Bernoulli(concrete::odds(Vector3d(0.25, 1, 99)))));
}

TEST_CASE("Probabilities of categories must be finite and leave a class", "[construction][errors]") {
  const auto complaint = [](const MatrixXd& p) {
    const std::string of_relaxed = failure([&] { concrete::ExpConcrete(concrete::probabilities(p), 1); });
    CHECK(of_relaxed == failure([&] { concrete::Concrete(concrete::probabilities(p), 1); }));
    CHECK(of_relaxed == failure([&] { concrete::Discrete(concrete::probabilities(p)); }));
    return of_relaxed;
  };
  const auto ones_but = [](Index i, Index j, double value) {
    MatrixXd p = MatrixXd::Ones(3, 2);
    p(i, j) = value;
    return p;
  };

  CHECK(complaint(ones_but(1, 1, -0.25)) == "probabilities(1, 1) must be finite and >= 0, but was -0.25");
  CHECK(complaint(ones_but(2, 0, testing::quiet_nan<>)) == "probabilities(2, 0) must be finite and >= 0, but was nan");
  CHECK(complaint(ones_but(0, 1, testing::inf<>)) == "probabilities(0, 1) must be finite and >= 0, but was inf");
  CHECK(complaint(MatrixXd(0, 2)) == "probabilities must not be empty, but are 0 x 2");
  CHECK(complaint((MatrixXd(2, 2) << 1, 0, 1, 0).finished()) ==
        "probabilities must leave at least one class in each column, but column 1 is all 0");
}

TEST_CASE("Masks must leave a class in each column", "[construction][errors]") {
  MatrixXd logits = MatrixXd::Constant(3, 2, -testing::inf<>);
  logits(1, 0) = 0;
  const std::string message = "logits must leave at least one class in each column, but column 1 is all -inf";

  CHECK(failure([&] { concrete::ExpConcrete(logits, 1); }) == message);
  CHECK(failure([&] { concrete::Concrete(logits, 1); }) == message);
  CHECK(failure([&] { concrete::Discrete{logits}; }) == message);
}

TEST_CASE("Probabilities of binary variables must be in (0, 1), odds finite and positive", "[construction][errors]") {
  const auto of_probability = [](double p) {
    const Vector3d given(0.5, 0.5, p);
    const std::string message = failure([&] { concrete::LogitBinaryConcrete(concrete::probabilities(given), 1); });
    CHECK(message == failure([&] { concrete::BinaryConcrete(concrete::probabilities(given), 1); }));
    CHECK(message == failure([&] { concrete::Bernoulli(concrete::probabilities(given)); }));
    return message;
  };
  CHECK(of_probability(0) == "probabilities(2, 0) must be in (0, 1), but was 0");
  CHECK(of_probability(1) == "probabilities(2, 0) must be in (0, 1), but was 1");
  CHECK(of_probability(1.5) == "probabilities(2, 0) must be in (0, 1), but was 1.5");
  CHECK(of_probability(testing::quiet_nan<>) == "probabilities(2, 0) must be in (0, 1), but was nan");

  const auto of_odds = [](double alpha) {
    const Vector3d given(1, alpha, 1);
    const std::string message = failure([&] { concrete::LogitBinaryConcrete(concrete::odds(given), 1); });
    CHECK(message == failure([&] { concrete::BinaryConcrete(concrete::odds(given), 1); }));
    CHECK(message == failure([&] { concrete::Bernoulli(concrete::odds(given)); }));
    return message;
  };
  CHECK(of_odds(0) == "odds(1, 0) must be finite and > 0, but was 0");
  CHECK(of_odds(-2) == "odds(1, 0) must be finite and > 0, but was -2");
  CHECK(of_odds(testing::inf<>) == "odds(1, 0) must be finite and > 0, but was inf");
  CHECK(of_odds(testing::quiet_nan<>) == "odds(1, 0) must be finite and > 0, but was nan");
  CHECK(failure([] { concrete::BinaryConcrete(concrete::odds(VectorXd()), 1); }) ==
        "odds must not be empty, but are 0 x 1");
}

// ---- Noise, and what it makes ----

TEMPLATE_LIST_TEST_CASE("A sample is its noise, reparameterized", "[noise]", AllModels) {
  const TestType model = draw_model<TestType>(4);
  Random sampled(5), noisy(5);

  const auto sample = model.sample(sampled);
  const auto noise = model.noise(noisy);
  static_assert(std::is_same_v<typename decltype(noise)::Scalar, typename TestType::NoiseScalar>);
  CHECK(identical(model.reparameterize(noise), sample));
  CHECK(identical(model.reparameterize(1 * noise), sample));  // an expression

  const auto samples = model.sample(sampled, 3);
  const auto noises = model.noise(noisy, 3);
  CHECK(identical(model.reparameterize(noises), samples));
  CHECK(identical(model.reparameterize(noises.rightCols(model.batch_size())), samples.rightCols(model.batch_size())));
  CHECK(sampled() == noisy());
}

TEMPLATE_LIST_TEST_CASE("Noise of no columns makes no samples", "[noise]", AllModels) {
  const TestType model = draw_model<TestType>(6);
  Random engine(7);
  CHECK(model.noise(engine, 0).cols() == 0);
  CHECK(model.reparameterize(model.noise(engine, 0)).rows() == model.dimension());
  CHECK(model.reparameterize(model.noise(engine, 0)).cols() == 0);
}

TEMPLATE_LIST_TEST_CASE("Noise of another shape is refused", "[noise][errors]", AllModels) {
  using Noise = Eigen::MatrixX<typename TestType::NoiseScalar>;
  const TestType model = draw_model<TestType>(8);
  const Index n = model.dimension(), b = model.batch_size();
  const std::string expected_rows = "noise must have " + std::to_string(n) + " rows, but has ";
  Random engine(9);

  CHECK(failure([&] { model.reparameterize(Noise::Zero(n + 1, b).eval()); }) == expected_rows + std::to_string(n + 1));
  CHECK(failure([&] { model.reparameterize(Noise::Zero(0, b).eval()); }) == expected_rows + "0");
  if (b > 1) {
    CHECK(failure([&] { model.reparameterize(Noise::Zero(n, b + 1).eval()); }) ==
          "noise must have a multiple of " + std::to_string(b) + " columns, but has " + std::to_string(b + 1));
  }
  CHECK(failure([&] { model.noise(engine, -2); }) == "count must not be negative, but was -2");
}
