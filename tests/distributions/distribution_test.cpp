#include "concrete/distributions/distribution.hpp"

#include <string>
#include <type_traits>
#include <utility>

#include "catch.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// What all six classes promise alike: construction, access, noise. One battery for all of them, over fixed, dynamic,
// row-major and batched logits. Sampling in all its forms stands in sampling_test.cpp.

namespace {

using Eigen::MatrixXd, Eigen::MatrixXf, Eigen::RowVectorXd, Eigen::Vector3d, Eigen::VectorXd, Eigen::VectorXf;
using testing::AllModels;
using testing::draw_logits;
using testing::draw_model;
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

TEMPLATE_TEST_CASE("A distribution that has been moved from says so", "[construction]", concrete::ExpConcreteXXd,
                   concrete::BinaryConcreteXXf, concrete::ExpConcreteXd) {
  using Scalar = typename TestType::Scalar;
  TestType q(TestType::Logits::Ones(3, 1), Scalar(0.5)), taken = std::move(q);
  Random random(1);
  const std::string message = "the distribution has no logits: it has been moved from";
  const Eigen::MatrixX<Scalar> none(0, 0), some(0, 2);
  Eigen::MatrixX<Scalar> out(0, 2);
  CHECK(taken.sample(random).rows() == 3);
  CHECK(q.dimension() == 0);
  if constexpr (TestType::Logits::ColsAtCompileTime == Eigen::Dynamic) {
    CHECK_THROWS_WITH(q.sample(random), message);
    CHECK_THROWS_WITH(q.sample(random, 3), message);
    CHECK_THROWS_WITH(q.sample(random, out), message);
    CHECK_THROWS_WITH(q.noise(random), message);
    CHECK_THROWS_WITH(q.noise(random, 3), message);
    CHECK_THROWS_WITH(q.sample_and_log_prob(random), message);
    for (const auto& y : {none, some}) {
      CHECK_THROWS_WITH(q.log_prob(y), message);
      CHECK_THROWS_WITH(q.log_prob_gradient(y), message);
      CHECK_THROWS_WITH(q.pathwise_gradient(y, y), message);
      CHECK_THROWS_WITH(q.reparameterize(y), message);
      CHECK_THROWS_WITH(q.in_support(y), message);
    }
  }
  q = taken;
  CHECK(q == taken);
}

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
