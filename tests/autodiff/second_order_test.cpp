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
