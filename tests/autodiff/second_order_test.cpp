#include <type_traits>

#include "autodiff/differences.hpp"
#include "catch.hpp"

// The analytic gradients over scalars that carry derivatives: these are the second derivatives.

using Eigen::MatrixXd;
using Eigen::VectorX;
using Eigen::VectorXd;
using testing::joined;

constexpr Eigen::Index n = testing::dimension;

TEMPLATE_LIST_TEST_CASE("log_prob_gradient carries the second derivatives of log_prob", "", testing::RelaxedSettings) {
  using Family = typename TestType::Family;
  using V = VectorX<typename TestType::System::Scalar>;
  const VectorXd point = testing::draw_point<Family>(182);
  const auto actual = TestType::System::differentiate(
      [](const V& v) {
        const typename Family::template Over<V> model(v.head(n), v(n));
        const auto gradient = model.log_prob_gradient(v.tail(n));
        return joined<typename V::Scalar>(gradient.logits, gradient.temperature, gradient.sample);
      },
      point);
  const MatrixXd expected = testing::jacobian_by_differences(testing::analytic_gradient<Family>, point);
  testing::check_close(actual, {testing::analytic_gradient<Family>(point), expected}, testing::difference_error);
  CHECK(testing::close(actual.jacobian, actual.jacobian.transpose()));
}

TEMPLATE_LIST_TEST_CASE("log_prob_gradient carries second derivatives where scores are 0", "",
                        testing::BinarySettings) {
  using Family = typename TestType::Family;
  using Scalar = typename TestType::System::Scalar;
  using V = VectorX<Scalar>;
  const double t = 0.5;
  const Eigen::Vector3d x(0.5, 0.75, 0.125);
  VectorXd logits(n);  // of which x, as a sample of these numbers, is the mode on the logit scale, to all digits
  for (Eigen::Index k = 0; k < n; ++k) {
    logits(k) = t * concrete::detail::value_of(concrete::detail::logit<Scalar>(Scalar(x(k))));
  }
  const VectorXd mode_of_logit = mode(concrete::LogitBinaryConcrete<VectorXd>(logits, t));
  const VectorXd point = joined<double>(logits, t, Family::is_on_x_scale ? VectorXd(x) : mode_of_logit);
  const auto actual = TestType::System::differentiate(
      [](const V& v) {
        const typename Family::template Over<V> model(v.head(n), v(n));
        const auto gradient = model.log_prob_gradient(v.tail(n));
        return joined<Scalar>(gradient.logits, gradient.temperature, gradient.sample);
      },
      point);
  const MatrixXd expected = testing::jacobian_by_differences(testing::analytic_gradient<Family>, point);
  CHECK(actual.values.head(n).isZero(0));
  testing::check_close(actual, {testing::analytic_gradient<Family>(point), expected}, testing::difference_error);
}

TEMPLATE_LIST_TEST_CASE("An upstream of 0 carries its derivatives through gradients", "", testing::RelaxedSettings) {
  using Family = typename TestType::Family;
  using V = VectorX<typename TestType::System::Scalar>;
  const VectorXd point = testing::draw_point<Family>(186), at = point.head(n + 1);
  const auto gradients = [&](const auto& v) {
    using Vector = Eigen::VectorX<typename std::decay_t<decltype(v)>::Scalar>;
    const typename Family::template Over<Vector> model(v.head(n), v(n));
    const Vector zeros = v.head(n) - at.head(n).template cast<typename Vector::Scalar>();
    const Vector sample = point.tail(n).template cast<typename Vector::Scalar>();
    const auto of_path = model.pathwise_gradient(sample, zeros);
    const auto of_density = model.log_prob_gradient(sample, zeros(1));
    return joined<typename Vector::Scalar>(of_path.logits, of_path.temperature, of_density.logits,
                                           of_density.temperature, of_density.sample);
  };
  const auto actual = TestType::System::differentiate([&](const V& v) { return gradients(v); }, at);
  CHECK(actual.values.isZero(0));
  testing::check_close(actual, {gradients(at), testing::jacobian_by_differences(gradients, at)},
                       testing::difference_error);
}

TEMPLATE_LIST_TEST_CASE("pathwise_gradient carries derivatives of its own", "", testing::RelaxedSettings) {
  using Family = typename TestType::Family;
  using V = VectorX<typename TestType::System::Scalar>;
  const VectorXd noise = testing::Random(184).vector<VectorXd>(n, -1, 2);
  const VectorXd upstream = testing::Random(185).vector<VectorXd>(n, -1, 1);
  const auto path = [&](const auto& v) {
    using Vector = Eigen::VectorX<typename std::decay_t<decltype(v)>::Scalar>;
    const typename Family::template Over<Vector> model(v.head(n), v(n));
    const Vector g = upstream.cast<typename Vector::Scalar>();
    const auto gradient = model.pathwise_gradient(model.reparameterize(noise), g);
    return joined<typename Vector::Scalar>(gradient.logits, gradient.temperature);
  };
  const VectorXd at = testing::draw_point<Family>(183).head(n + 1);
  testing::check_close(TestType::System::differentiate([&](const V& v) { return path(v); }, at),
                       {path(at), testing::jacobian_by_differences(path, at)}, testing::difference_error);
}
