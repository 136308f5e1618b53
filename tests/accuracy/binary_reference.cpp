#include "accuracy/reference.hpp"

namespace testing {

namespace {

using Eigen::Index;

Wide sigmoid(const Wide& v) { return 1 / (1 + exp(-v)); }

/// log(1 + e^v), as exp overflows in 50 digits too.
Wide softplus(const Wide& v) { return (v > 0 ? v : Wide(0)) + log(1 + exp(-abs(v))); }

/// logit(u) and the sum of the two logarithms it is made of.
Quantity logit(const Wide& u) { return {log(u) - log(1 - u), abs(log(u)) + abs(log(1 - u))}; }

/// One entry: its logit y, the score s = a - t y, and tanh(s / 2).
struct Entry {
  Quantity y;
  Quantity s;
  Quantity tanh;
};

Entry entry_at(const BinaryModel& model, Index i, const Wide& point) {
  Entry e;
  e.y = model.on_x_scale ? logit(point) : Quantity{point, abs(point)};
  e.s = {model.a(i) - model.t * e.y.value, abs(model.a(i)) + model.t * e.y.magnitude};
  const Wide upper = sigmoid(e.s.value), lower = sigmoid(-e.s.value);
  e.tanh = {upper - lower, abs(upper - lower) + 2 * upper * lower * e.s.magnitude};
  return e;
}

/// The limit with entries at the ends: what is finite there.
PointReference at_ends(const BinaryModel& model, const WideVector& point) {
  const Wide infinity = std::numeric_limits<Wide>::infinity();
  PointReference result;
  Quantity density{0, 1};
  for (Index i = 0; i < point.size(); ++i) {
    const bool low = model.on_x_scale ? point(i) == 0 : point(i) == -infinity;
    const bool high = model.on_x_scale ? point(i) == 1 : point(i) == infinity;
    if (low || high) {
      result.by_logits.push_back({low ? -1 : 1, 1});
      if (!model.on_x_scale || model.t > 1)
        density.value -= infinity;
      else if (model.t < 1)
        density.value += infinity;
      else
        density = {density.value + (low ? -model.a(i) : model.a(i)), density.magnitude + abs(model.a(i))};
      continue;
    }
    const BinaryModel entry{model.a.segment(i, 1), model.t, model.on_x_scale};
    const PointReference of_entry = entry.at(point.segment(i, 1), WideVector::Zero(1));
    density.value += of_entry.log_prob[0].value;
    density.magnitude += of_entry.log_prob[0].magnitude;
    result.by_logits.push_back(of_entry.by_logits[0]);
  }
  result.log_prob = {density};
  return result;
}

bool is_inside(const BinaryModel& model, const Wide& point) {
  return model.on_x_scale ? point > 0 && point < 1 : bool(isfinite(point));
}

}  // namespace

PointReference BinaryModel::at(const WideVector& point, const WideVector& upstream) const {
  for (Index i = 0; i < point.size(); ++i) {
    if (!is_inside(*this, point(i))) return at_ends(*this, point);
  }
  PointReference result;
  Quantity density{0, 0}, by_temperature{0, 0}, path_temperature{0, 0};
  for (Index i = 0; i < point.size(); ++i) {
    const Entry e = entry_at(*this, i, point(i));
    const Wide x = point(i), slope = on_x_scale ? Wide(x * (1 - x)) : Wide(1);
    density.value += log(t) + e.s.value - 2 * softplus(e.s.value);
    density.magnitude += abs(log(t)) + e.s.magnitude + 2 * log(Wide(2));
    if (on_x_scale) {
      density.value -= log(x) + log(1 - x);
      density.magnitude += abs(log(x)) + abs(log(1 - x));
    }
    result.by_logits.push_back({-e.tanh.value, e.tanh.magnitude});
    result.by_sample.push_back(
        on_x_scale ? Quantity{(t * e.tanh.value - 1 + 2 * x) / slope, (t * e.tanh.magnitude + 1 + 2 * x) / slope}
                   : Quantity{t * e.tanh.value, t * e.tanh.magnitude});
    by_temperature.value += 1 / t + e.y.value * e.tanh.value;
    by_temperature.magnitude += 1 / t + e.y.magnitude * e.tanh.magnitude;
    const Wide share = upstream(i) * slope / t;
    result.path_logits.push_back({share, abs(share)});
    path_temperature.value -= share * e.y.value;
    path_temperature.magnitude += abs(share) * e.y.magnitude;
  }
  result.log_prob = {density};
  result.by_temperature = {by_temperature};
  result.path_temperature = {path_temperature};
  return result;
}

NoiseReference BinaryModel::from(const WideVector& noise) const {
  NoiseReference result;
  Quantity density{0, 0};
  for (Index i = 0; i < noise.size(); ++i) {
    const Wide y = (a(i) + noise(i)) / t, magnitude = (abs(a(i)) + abs(noise(i))) / t;
    const Wide x = sigmoid(y), complement = sigmoid(-y);
    result.sample.push_back(on_x_scale ? Quantity{x, x * (1 + complement * magnitude)} : Quantity{y, magnitude});
    density.value += log(t) - noise(i) - 2 * softplus(-noise(i));
    density.magnitude += abs(log(t)) + abs(noise(i)) + 2 * log(Wide(2));
    if (on_x_scale) {
      density.value += softplus(y) + softplus(-y);
      density.magnitude += softplus(y) + softplus(-y) + magnitude;
    }
  }
  result.log_prob = {density};
  return result;
}

Quantities BinaryModel::cdf(const WideVector& point) const {
  const Wide infinity = std::numeric_limits<Wide>::infinity();
  Quantities result;
  for (Index i = 0; i < point.size(); ++i) {
    if (!is_inside(*this, point(i))) {
      result.push_back(point(i) == (on_x_scale ? Wide(1) : infinity) ? Quantity{1, 1} : Quantity{0, 1});
      continue;
    }
    const Entry e = entry_at(*this, i, point(i));
    const Wide p = sigmoid(-e.s.value);
    result.push_back({p, p * (1 + sigmoid(e.s.value) * e.s.magnitude)});
  }
  return result;
}

Quantities BinaryModel::quantile(const WideVector& probability) const {
  Quantities result;
  for (Index i = 0; i < probability.size(); ++i) {
    const Quantity u = logit(probability(i));
    const Wide y = (u.value + a(i)) / t, magnitude = (u.magnitude + abs(a(i))) / t;
    const Wide x = sigmoid(y);
    result.push_back(on_x_scale ? Quantity{x, x * (1 + sigmoid(-y) * magnitude)} : Quantity{y, magnitude});
  }
  return result;
}

}  // namespace testing
