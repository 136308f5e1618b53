#include "accuracy/reference.hpp"

#include "catch.hpp"
#include "support/densities.hpp"
#include "support/models.hpp"

// The references hold each other to account: the gradients are the derivatives of the densities and of the samples, by
// differences in 50 digits.

namespace {

using Eigen::Index;
using testing::BinaryModel;
using testing::CategoricalModel;
using testing::Quantities;
using testing::Wide;
using testing::wide_derivative;
using testing::WideVector;

const Wide tolerance("1e-24");

bool close(const Wide& actual, const Wide& expected) {
  return abs(actual - expected) <= tolerance * (1 + abs(expected));
}

Wide dot(const Quantities& values, const WideVector& weights) {
  Wide total = 0;
  for (Index k = 0; k < weights.size(); ++k) total += values[static_cast<std::size_t>(k)].value * weights(k);
  return total;
}

/// f(v) of a vector with entry k replaced by a number.
template <class F>
auto along(const WideVector& v, Index k, const F& f) {
  return [&f, v, k](const Wide& value) {
    WideVector moved = v;
    moved(k) = value;
    return f(moved);
  };
}

template <class Model>
void check_density_gradients(const Model& model, const WideVector& point) {
  const WideVector none = WideVector::Zero(point.size());
  const auto reference = model.at(point, none);
  const auto density_at = [&](const WideVector& a, const WideVector& x, const Wide& t) {
    return Model{a, t, model.on_x_scale}.at(x, none).log_prob[0].value;
  };
  for (Index k = 0; k < point.size(); ++k) {
    const auto place = static_cast<std::size_t>(k);
    const auto of_point = along(point, k, [&](const WideVector& x) { return density_at(model.a, x, model.t); });
    const auto of_logits = along(model.a, k, [&](const WideVector& a) { return density_at(a, point, model.t); });
    CHECK(close(reference.by_sample[place].value, wide_derivative(of_point, point(k))));
    CHECK(close(reference.by_logits[place].value, wide_derivative(of_logits, model.a(k))));
  }
  const auto of_temperature = [&](const Wide& t) { return density_at(model.a, point, t); };
  CHECK(close(reference.by_temperature[0].value, wide_derivative(of_temperature, model.t)));
}

template <class Model>
void check_pathwise_gradients(const Model& model, const WideVector& noise, const WideVector& upstream) {
  const auto loss = [&](const WideVector& a, const Wide& t) {
    return dot(Model{a, t, model.on_x_scale}.from(noise).sample, upstream);
  };
  const auto drawn = model.from(noise);
  WideVector point(noise.size());
  for (Index k = 0; k < noise.size(); ++k) point(k) = drawn.sample[static_cast<std::size_t>(k)].value;
  const auto reference = model.at(point, upstream);
  for (Index k = 0; k < noise.size(); ++k) {
    const auto of_logits = along(model.a, k, [&](const WideVector& a) { return loss(a, model.t); });
    CHECK(close(reference.path_logits[static_cast<std::size_t>(k)].value, wide_derivative(of_logits, model.a(k))));
  }
  const auto of_temperature = [&](const Wide& t) { return loss(model.a, t); };
  CHECK(close(reference.path_temperature[0].value, wide_derivative(of_temperature, model.t)));
  CHECK(close(drawn.log_prob[0].value, reference.log_prob[0].value));
}

}  // namespace

TEST_CASE("The reference gradients are derivatives of the reference densities and samples", "[accuracy]") {
  testing::Random random(301);
  const auto draw = [&](double low, double high) {
    return testing::widen(random.vector<Eigen::VectorXd>(4, low, high));
  };
  for (const bool on_x_scale : {false, true}) {
    CAPTURE(on_x_scale);
    const WideVector a = draw(-2, 2), upstream = draw(-1, 1);
    for (const double temperature : {0.3, 1.0, 4.0}) {
      CAPTURE(temperature);
      const CategoricalModel categorical{a, temperature, on_x_scale};
      const BinaryModel binary{a, temperature, on_x_scale};
      const WideVector point = on_x_scale ? draw(0.05, 0.9) : draw(-5, 0);
      check_density_gradients(categorical, point);
      check_density_gradients(binary, point);
      check_pathwise_gradients(categorical, draw(-1, 5), upstream);
      check_pathwise_gradients(binary, draw(-5, 5), upstream);
    }
  }
}

TEST_CASE("The reference densities are the textbook formulas", "[accuracy]") {
  testing::Random random(302);
  const WideVector a = testing::widen(random.vector<Eigen::VectorXd>(5, -2, 2));
  const WideVector y = testing::widen(random.vector<Eigen::VectorXd>(5, -5, 0));
  const WideVector x = testing::widen(random.vector<Eigen::VectorXd>(5, 0.05, 0.9)), none = WideVector::Zero(5);
  const Wide t("0.7");
  const auto density = [&](const auto& model, const WideVector& point) {
    return model.at(point, none).log_prob[0].value;
  };
  CHECK(close(density(CategoricalModel{a, t, false}, y), testing::exp_concrete_log_density(a, y, t).value));
  CHECK(close(density(CategoricalModel{a, t, true}, x), testing::concrete_log_density(a, x, t).value));
  CHECK(close(density(BinaryModel{a, t, false}, y), testing::logit_binary_log_density(a, y, t).value));
  CHECK(close(density(BinaryModel{a, t, true}, x), testing::binary_log_density(a, x, t).value));
}

TEST_CASE("The reference distribution function is the integral of the density, and the quantile its inverse",
          "[accuracy]") {
  for (const bool on_x_scale : {false, true}) {
    CAPTURE(on_x_scale);
    const BinaryModel model{WideVector::Constant(1, Wide("0.4")), Wide("0.7"), on_x_scale};
    const auto cdf = [&](const Wide& x) { return model.cdf(WideVector::Constant(1, x))[0].value; };
    for (const char* text : {"0.1", "0.5", "0.97"}) {
      const Wide u(text), x = model.quantile(WideVector::Constant(1, u))[0].value;
      CHECK(close(cdf(x), u));
      const WideVector point = WideVector::Constant(1, x);
      CHECK(close(wide_derivative(cdf, x), exp(model.at(point, WideVector::Zero(1)).log_prob[0].value)));
    }
  }
}
