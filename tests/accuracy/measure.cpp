// Compiled once for each scalar, ACCURACY_SCALAR.

#include "accuracy/measure.hpp"

#include "support/densities.hpp"

namespace testing {

namespace {

using T = ACCURACY_SCALAR;
using Vector = Eigen::VectorX<T>;

template <class D>
auto reference_model(const D& q) {
  using Model = std::conditional_t<is_binary<D>, BinaryModel, CategoricalModel>;
  return Model{widen(q.logits()), Wide(q.temperature()), is_on_x_scale<D>};
}

std::vector<T> list(const Vector& values) { return {values.begin(), values.end()}; }
std::vector<T> list(const T& value) { return {value}; }

/// Collects the answers about one column.
class Notes {
 public:
  template <class Values>
  void add(const char* function, const Values& actual, const Quantities& expected) {
    if (!expected.empty()) answers_.push_back({function, list(actual), expected});
  }
  std::vector<Answer<T>> take() { return std::move(answers_); }

 private:
  std::vector<Answer<T>> answers_;
};

template <class D>
std::vector<Answer<T>> ask_at(const D& q, const Vector& point, const Vector& upstream) {
  const auto model = reference_model(q);
  const PointReference expected = model.at(widen(point), widen(upstream));
  const auto gradient = q.log_prob_gradient(point);
  const auto path = q.pathwise_gradient(point, upstream);
  Notes notes;
  notes.add("log_prob", q.log_prob(point), expected.log_prob);
  notes.add("d log_prob / d sample", gradient.sample, expected.by_sample);
  notes.add("d log_prob / d logits", gradient.logits, expected.by_logits);
  notes.add("d log_prob / d temperature", gradient.temperature, expected.by_temperature);
  notes.add("pathwise, logits", path.logits, expected.path_logits);
  notes.add("pathwise, temperature", path.temperature, expected.path_temperature);
  if constexpr (is_binary<D>) notes.add("cdf", q.cdf(point), model.cdf(widen(point)));
  return notes.take();
}

template <class D>
std::vector<Answer<T>> ask_from(const D& q, const Vector& noise, Random random) {
  const NoiseReference expected = reference_model(q).from(widen(noise));
  Notes notes;
  notes.add("sample from noise", q.reparameterize(noise), expected.sample);
  notes.add("log_prob from noise", q.sample_and_log_prob(random).log_prob, expected.log_prob);
  return notes.take();
}

Vector probabilities_of_all_sizes(Random& random, Index n) {
  Vector u = random.vector<Vector>(n, 0, 1);
  for (Index i = 0; i < n; i += 3) u(i) = std::exp(static_cast<T>(random.uniform(-80, 0)));
  for (Index i = 1; i < n; i += 3) u(i) = 1 - std::exp(static_cast<T>(random.uniform(-15, 0)));
  return u;
}

template <class D>
void measure_distribution(const char* name, const Observer<T>& observe) {
  for (const Case<T>& c : cases<T>(!is_binary<D>)) {
    const D q(c.logits, c.temperature);
    Random random(c.seed + 1000);
    const Vector upstream = random.vector<Vector>(q.dimension(), -1, 1);
    const auto report = [&](const Traits& traits, const Vector& point, std::vector<Answer<T>> answers) {
      observe({name, traits, c.temperature, c.logits, point, std::move(answers)});
    };
    for (const Point<T>& point : points(q, random)) {
      Traits traits = c.traits;
      if (point.boundary) traits.push_back(Trait::boundary);
      report(traits, point.value, ask_at(q, point.value, upstream));
    }
    const Random before_noise = random;
    const Vector noise = q.noise(random);
    report(c.traits, noise, ask_from(q, noise, before_noise));
    if constexpr (is_binary<D>) {
      const Vector u = probabilities_of_all_sizes(random, q.dimension());
      report(c.traits, u, {{"quantile", list(q.quantile(u)), reference_model(q).quantile(widen(u))}});
    }
  }
}

/// Logits of another distribution over the same classes, masked alike.
Vector other_logits(const Case<T>& c, Random& random) {
  Vector result = random.vector<Vector>(c.logits.size(), -3, 3) + c.logits;
  if (c.seed % 2 == 0) result = c.logits.array() + random.vector<Vector>(c.logits.size(), 0, 0.001).array();
  return result;
}

/// The discrete limits have no temperature: the cases of one temperature, with the other's logits for a point.
template <class D>
void measure_limit(const char* name, const Observer<T>& observe) {
  for (const Case<T>& c : cases<T>(!is_binary<D>)) {
    if (c.temperature != 1) continue;
    Random random(c.seed + 2000);
    const D q(c.logits), p(other_logits(c, random));
    const WideVector a_q = widen(q.logits()), a_p = widen(p.logits());
    const DiscreteReference expected = is_binary<D> ? bernoulli_reference(a_q) : discrete_reference(a_q);
    const DivergenceReference divergence =
        is_binary<D> ? bernoulli_divergence(a_q, a_p) : discrete_divergence(a_q, a_p);
    const auto gradient = kl_divergence_gradient(q, p);
    Notes notes;
    notes.add("log_probabilities", q.log_probabilities(), expected.log_mass);
    notes.add("entropy", entropy(q), expected.entropy);
    notes.add("kl_divergence", gradient.value, divergence.divergence);
    notes.add("d kl_divergence / d logits of q", gradient.q.logits, divergence.by_q);
    notes.add("d kl_divergence / d logits of p", gradient.p.logits, divergence.by_p);
    observe({name, c.traits, c.temperature, c.logits, p.logits(), notes.take()});
  }
}

}  // namespace

template <>
void measure<T>(const Observer<T>& observe) {
  measure_distribution<concrete::ExpConcrete<Vector>>("ExpConcrete", observe);
  measure_distribution<concrete::Concrete<Vector>>("Concrete", observe);
  measure_distribution<concrete::LogitBinaryConcrete<Vector>>("LogitBinaryConcrete", observe);
  measure_distribution<concrete::BinaryConcrete<Vector>>("BinaryConcrete", observe);
  measure_limit<concrete::Discrete<Vector>>("Discrete", observe);
  measure_limit<concrete::Bernoulli<Vector>>("Bernoulli", observe);
}

}  // namespace testing
