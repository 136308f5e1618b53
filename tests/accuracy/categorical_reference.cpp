#include <boost/math/special_functions/gamma.hpp>

#include "accuracy/reference.hpp"

namespace testing {

namespace {

using Eigen::Index;

/// The classes that are not masked, with the logarithms of their coordinates and, inside the simplex, how scores and
/// weights come about.
struct Classes {
  std::vector<Index> index;
  WideVector log_x;
  bool on_face = false;         // a coordinate of 0
  WideVector weight;            // softmax(a - t y)
  WideVector weight_magnitude;  // relative to the weight
  Wide value = 0;               // of sum_k s_k - n lse(s)
  Wide magnitude = 0;

  Wide n() const { return Wide(index.size()); }
};

/// Scores are lowered by the largest, as exp overflows in 50 digits too.
void add_weights(const CategoricalModel& model, Classes& c) {
  const Index size = c.log_x.size();
  WideVector score(size), magnitude(size);
  c.weight = c.weight_magnitude = WideVector::Zero(size);
  for (const Index k : c.index) {
    score(k) = model.a(k) - model.t * c.log_x(k);
    magnitude(k) = abs(model.a(k)) + abs(model.t * c.log_x(k));
  }
  Wide top = score(c.index[0]), total = 0, weighted = 0;
  for (const Index k : c.index) top = score(k) > top ? score(k) : top;
  for (const Index k : c.index) {
    c.weight(k) = exp(score(k) - top);
    total += c.weight(k);
    weighted += c.weight(k) * magnitude(k);
    c.value += score(k);
    c.magnitude += magnitude(k);
  }
  const Wide of_log_sum = weighted / total + log(c.n());
  c.weight /= total;
  for (const Index k : c.index) c.weight_magnitude(k) = 1 + magnitude(k) + of_log_sum;
  c.value -= c.n() * (top + log(total));
  c.magnitude += c.n() * of_log_sum;
}

Classes classes_at(const CategoricalModel& model, const WideVector& point) {
  Classes c;
  c.log_x = point;
  for (Index k = 0; k < point.size(); ++k) {
    if (model.on_x_scale)
      c.log_x(k) = point(k) > 0 ? Wide(log(point(k))) : Wide(-std::numeric_limits<Wide>::infinity());
    if (!isfinite(model.a(k))) continue;
    c.index.push_back(k);
    c.on_face = c.on_face || !isfinite(c.log_x(k));
  }
  if (!c.on_face) add_weights(model, c);
  return c;
}

/// log (n-1)! + (n-1) log t.
Quantity log_normalizer(const Wide& n, const Wide& t) {
  const Wide factorial = boost::math::lgamma(n), power = (n - 1) * log(t);
  return {factorial + power, factorial + abs(power)};
}

Quantity log_prob(const CategoricalModel& model, const Classes& c) {
  const Quantity normalizer = log_normalizer(c.n(), model.t);
  Quantity result{normalizer.value + c.value, normalizer.magnitude + c.magnitude};
  for (const Index k : c.index) {
    if (!model.on_x_scale) break;
    result.value -= c.log_x(k);
    result.magnitude += abs(c.log_x(k));
  }
  return result;
}

void add_log_prob_gradient(const CategoricalModel& model, const Classes& c, const WideVector& point,
                           PointReference& result) {
  const Wide n = c.n(), t = model.t;
  Quantity by_temperature{(n - 1) / t, (n - 1) / t};
  const auto size = static_cast<std::size_t>(point.size());
  result.by_sample = result.by_logits = Quantities(size, {0, 0});
  for (const Index k : c.index) {
    const Wide share = n * c.weight(k), share_magnitude = share * c.weight_magnitude(k);
    const auto place = static_cast<std::size_t>(k);
    result.by_logits[place] = {1 - share, 1 + share_magnitude};
    result.by_sample[place] = model.on_x_scale
                                  ? Quantity{(t * share - t - 1) / point(k), (t * share_magnitude + t + 1) / point(k)}
                                  : Quantity{t * (share - 1), t * (share_magnitude + 1)};
    by_temperature.value += (share - 1) * c.log_x(k);
    by_temperature.magnitude += (1 + share_magnitude) * abs(c.log_x(k));
  }
  result.by_temperature = {by_temperature};
}

/// On the log scale dL/da_j = (g_j - x_j sum g) / t and dL/dt = -1/t sum g_k (y_k - sum x_j y_j).
void add_log_pathwise_gradient(const CategoricalModel& model, const Classes& c, const WideVector& g,
                               PointReference& result) {
  Wide total = 0, absolute = 0, mean = 0, mean_magnitude = 0;
  WideVector x = WideVector::Zero(g.size());
  for (const Index k : c.index) {
    x(k) = exp(c.log_x(k));
    total += g(k);
    absolute += abs(g(k));
    mean += x(k) * c.log_x(k);
    mean_magnitude += x(k) * abs(c.log_x(k)) * (1 + abs(c.log_x(k)));
  }
  Quantity by_temperature{0, 0};
  result.path_logits = Quantities(static_cast<std::size_t>(g.size()), {0, 0});
  for (const Index k : c.index) {
    result.path_logits[static_cast<std::size_t>(k)] = {(g(k) - x(k) * total) / model.t,
                                                       (abs(g(k)) + x(k) * (1 + abs(c.log_x(k))) * absolute) / model.t};
    by_temperature.value -= g(k) * (c.log_x(k) - mean) / model.t;
    by_temperature.magnitude += abs(g(k)) * (abs(c.log_x(k)) + mean_magnitude) / model.t;
  }
  result.path_temperature = {by_temperature};
}

/// On the simplex dL/da_j = x_j (h_j - m) / t and dL/dt = -1/t sum x_k (h_k - m) log x_k, m = sum h_k x_k / sum x_k:
/// the coordinates of a rounded point do not sum to one.
void add_simplex_pathwise_gradient(const CategoricalModel& model, const Classes& c, const WideVector& x,
                                   const WideVector& h, PointReference& result) {
  Wide mass = 0, mean = 0, mean_magnitude = 0;
  for (const Index k : c.index) {
    mass += x(k);
    mean += h(k) * x(k);
    mean_magnitude += abs(h(k)) * x(k);
  }
  mean /= mass;
  mean_magnitude /= mass;
  Quantity by_temperature{0, 0};
  result.path_logits = Quantities(static_cast<std::size_t>(h.size()), {0, 0});
  for (const Index k : c.index) {
    const Quantity share{x(k) * (h(k) - mean) / model.t, x(k) * (abs(h(k)) + mean_magnitude) / model.t};
    result.path_logits[static_cast<std::size_t>(k)] = share;
    if (x(k) == 0) continue;
    by_temperature.value -= share.value * c.log_x(k);
    by_temperature.magnitude += share.magnitude * abs(c.log_x(k));
  }
  result.path_temperature = {by_temperature};
}

/// The only class has the coordinate 1 whatever the parameters are.
PointReference of_one_class(Index size) {
  const Quantities zeros(static_cast<std::size_t>(size), {0, 0});
  return {{{0, 0}}, zeros, zeros, {{0, 0}}, zeros, {{0, 0}}};
}

/// The limit on a face, m coordinates vanishing alike: e^m p goes like e^(m - t (n - m)). Of the gradients those with
/// respect to the logits are finite: the weight lies on the zeros, in proportion to alpha.
PointReference on_face(const CategoricalModel& model, const Classes& c) {
  const Wide infinity = std::numeric_limits<Wide>::infinity();
  PointReference result;
  Wide zeros = 0, total = 0, weighted = 0;
  for (const Index k : c.index) {
    if (isfinite(c.log_x(k))) continue;
    zeros += 1;
    total += exp(model.a(k));
    weighted += exp(model.a(k)) * abs(model.a(k));
  }
  const Wide n = c.n(), others = model.t * (n - zeros), of_log_sum = weighted / total + log(zeros);
  Quantity density = log_normalizer(n, model.t);
  result.by_logits = Quantities(static_cast<std::size_t>(model.a.size()), {0, 0});
  for (const Index k : c.index) {
    const bool is_zero = !isfinite(c.log_x(k));
    const Wide share = is_zero ? Wide(n * exp(model.a(k)) / total) : Wide(0);
    result.by_logits[static_cast<std::size_t>(k)] = {1 - share, 1 + share * (1 + abs(model.a(k)) + of_log_sum)};
    const Wide power = is_zero ? Wide(0) : Wide((model.t + 1) * c.log_x(k));
    density.value += model.a(k) - log(total) - power;
    density.magnitude += abs(model.a(k)) + of_log_sum + abs(power);
  }
  if (!model.on_x_scale || others > zeros)
    density = {-infinity, 1};
  else if (others < zeros)
    density = {infinity, 1};
  result.log_prob = {density};
  return result;
}

}  // namespace

PointReference CategoricalModel::at(const WideVector& point, const WideVector& upstream) const {
  const Classes c = classes_at(*this, point);
  PointReference result;
  if (c.index.size() == 1) return of_one_class(a.size());
  if (c.on_face) {
    result = on_face(*this, c);
  } else {
    result.log_prob = {testing::log_prob(*this, c)};
    add_log_prob_gradient(*this, c, point, result);
  }
  if (on_x_scale) {
    add_simplex_pathwise_gradient(*this, c, point, upstream, result);
  } else if (!c.on_face) {
    add_log_pathwise_gradient(*this, c, upstream, result);
  }
  return result;
}

/// z = (a + g) / t, lowered by the largest.
NoiseReference CategoricalModel::from(const WideVector& noise) const {
  const Index size = a.size();
  NoiseReference result{Quantities(static_cast<std::size_t>(size)), {}};
  const WideVector z = (a + noise) / t, magnitude = (a.cwiseAbs() + noise.cwiseAbs()) / t;
  const Wide top = z.maxCoeff();
  WideVector x(size);
  Wide n = 0, total = 0, weighted = 0, noise_sum = 0, noise_magnitude = 0, minus_total = 0, minus_weighted = 0;
  for (Index k = 0; k < size; ++k) {
    if (!isfinite(a(k))) continue;
    n += 1;
    x(k) = exp(z(k) - top);
    total += x(k);
    weighted += x(k) * magnitude(k);
    noise_sum += noise(k);
    noise_magnitude += abs(noise(k));
    minus_total += exp(-noise(k));
    minus_weighted += exp(-noise(k)) * abs(noise(k));
  }
  const Wide of_log_sum = weighted / total + log(n);
  Quantity density = log_normalizer(n, t);
  density.value -= noise_sum + n * log(minus_total);
  density.magnitude += noise_magnitude + n * (minus_weighted / minus_total + log(n));
  for (Index k = 0; k < size; ++k) {
    Quantity& sample = result.sample[static_cast<std::size_t>(k)];
    if (!isfinite(a(k))) {
      sample = on_x_scale ? Quantity{0, 0} : Quantity{-std::numeric_limits<Wide>::infinity(), 1};
      continue;
    }
    const Wide y = z(k) - top - log(total), y_magnitude = magnitude(k) + of_log_sum;
    sample = on_x_scale ? Quantity{x(k) / total, x(k) / total * (1 + y_magnitude)} : Quantity{y, y_magnitude};
    if (on_x_scale) density.value -= y;
    if (on_x_scale) density.magnitude += y_magnitude;
  }
  result.log_prob = {density};
  return result;
}

}  // namespace testing
