// Is there a kind of column that costs much more than an ordinary one?
//
// Ordinary is a column of 128 entries, none of them masked, none of a point on a face. One thing at a time differs:
//
//   n       from 1 to 1000000, in about 256000 entries
//   masks   one: one category of each column is masked; half: every other one
//   faces   some: one coordinate of every 8th column is on a face; all: of every column
//
// All four relaxed classes, at two temperatures. Outputs are given, so nothing is allocated.

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "concrete/concrete.hpp"
#include "harness.hpp"

namespace {

using bench::Shape;
using bench::some_logits;
using Eigen::Index;

/// A kind of column. The share that is masked or on a face has its name.
struct Kind {
  Index n;
  std::string temperature;  // as text, for the name
  std::string masks = "none", faces = "none";
};

Shape shape_of(const Kind& kind) { return {kind.n, (std::max)(Index{1}, 256000 / kind.n)}; }

/// What differs from class to class.
template <class Scalar>
struct Support {
  bool has_masks;
  Scalar least, most;           // inside, as far out as points of these benchmarks go
  std::vector<Scalar> on_face;  // for every column in turn; none where there is no face
};

constexpr std::array<Index, 9> lengths = {1, 2, 10, 128, 1024, 1025, 10000, 50000, 1000000};

template <class Scalar>
std::vector<Kind> kinds_of(const Support<Scalar>& support) {
  std::vector<Kind> kinds;
  for (const char* temperature : {"0.1", "0.7"}) {
    for (const Index n : lengths) kinds.push_back({n, temperature});
    for (const Index n : {128, 10000}) {
      if (support.has_masks) {
        for (const char* masks : {"one", "half"}) kinds.push_back({n, temperature, masks, "none"});
      }
      if (!support.on_face.empty()) {
        for (const char* faces : {"some", "all"}) kinds.push_back({n, temperature, "none", faces});
      }
    }
  }
  return kinds;
}

template <class Distribution>
Distribution some_distribution(const Kind& kind) {
  using Scalar = typename Distribution::Scalar;
  auto logits = some_logits<typename Distribution::Logits>(shape_of(kind));
  for (Index j = 0; j < logits.cols() && kind.masks != "none"; ++j) {
    const Index first = kind.masks == "one" ? 3 * j % kind.n : j % 2;
    const Index step = kind.masks == "one" ? kind.n : 2;
    for (Index i = first; i < kind.n; i += step) logits(i, j) = -std::numeric_limits<Scalar>::infinity();
  }
  return Distribution(logits, std::stod(kind.temperature));
}

/// Samples, moved inside from the faces that they have rounded to, and then on those faces that the kind asks for.
template <class Distribution, class Scalar>
auto some_points(const Distribution& q, const Kind& kind, const Support<Scalar>& support) {
  concrete::Engine engine(1);
  auto points = q.sample(engine);
  points = q.logits().array().isInf().select(points, points.cwiseMax(support.least).cwiseMin(support.most));
  const Index step = kind.faces == "all" ? 1 : 8;
  for (Index j = 0, number = 0; j < points.cols() && kind.faces != "none"; j += step, ++number) {
    points(7 * number % kind.n, j) = support.on_face[static_cast<std::size_t>(number) % support.on_face.size()];
  }
  return points;
}

template <class Distribution, class Scalar>
void add_all(const std::string& name, const Support<Scalar>& support) {
  using Logits = typename Distribution::Logits;
  for (const Kind& kind : kinds_of(support)) {
    const auto add = [&](const char* call, const auto& make) {
      bench::add<Scalar>(call, name, shape_of(kind), make,
                         "/masks:" + kind.masks + "/faces:" + kind.faces + "/t:" + kind.temperature);
    };
    if (kind.faces == "none") {
      add("sample", [kind](Shape) {
        const auto q = some_distribution<Distribution>(kind);
        return [q, engine = concrete::Engine(1), y = q.logits()]() mutable { q.sample(engine, y); };
      });
    }
    add("log_prob", [kind, support](Shape) {
      const auto q = some_distribution<Distribution>(kind);
      const auto y = some_points(q, kind, support);
      return [q, y, out = q.log_prob(y)]() mutable { q.log_prob(y, out); };
    });
    add("log_prob_gradient", [kind, support](Shape) {
      const auto q = some_distribution<Distribution>(kind);
      const auto y = some_points(q, kind, support);
      return [q, y, out = q.log_prob_gradient(y)]() mutable { q.log_prob_gradient(y, 1, out); };
    });
    add("pathwise_gradient", [kind, support](Shape shape) {
      const auto q = some_distribution<Distribution>(kind);
      const auto y = some_points(q, kind, support);
      const auto upstream = some_logits<Logits>(shape);
      return
          [q, y, upstream, out = q.pathwise_gradient(y, upstream)]() mutable { q.pathwise_gradient(y, upstream, out); };
    });
  }
}

[[maybe_unused]] const bool registered = bench::register_for_scalars([]<class Scalar>() {
  using Limits = std::numeric_limits<Scalar>;
  using Logits = Eigen::MatrixX<Scalar>;
  using S = Support<Scalar>;
  constexpr Scalar infinity = Limits::infinity(), lowest = Limits::lowest(), tiny = (Limits::min)(), one = 1;
  add_all<concrete::ExpConcrete<Logits>>("ExpConcrete", S{true, lowest, 0, {-infinity}});
  add_all<concrete::Concrete<Logits>>("Concrete", S{true, tiny, one, {0}});
  add_all<concrete::LogitBinaryConcrete<Logits>>("LogitBinaryConcrete", S{false, lowest, -lowest, {}});
  add_all<concrete::BinaryConcrete<Logits>>("BinaryConcrete", S{false, tiny, one - Limits::epsilon(), {0, one}});
});

}  // namespace
