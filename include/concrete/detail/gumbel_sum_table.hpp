#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "concrete/detail/gumbel_sum.hpp"

namespace concrete::detail {

/// 1 / prod_(j != k) (k - j) for the points 0 ... size - 1.
template <std::size_t size>
constexpr std::array<double, size> lagrange_scales() {
  std::array<double, size> result{};
  for (std::size_t k = 0; k < size; ++k) {
    double product = 1;
    for (std::size_t j = 0; j < size; ++j) {
      if (j != k) product *= static_cast<double>(k) - static_cast<double>(j);
    }
    result[k] = 1 / product;
  }
  return result;
}

/// Lagrange's weights of the points 0 ... size - 1 at x: what the values there are multiplied by.
template <std::size_t size>
class LagrangeWeights {
 public:
  explicit LagrangeWeights(double x) {
    std::array<double, size> after;  // products of the differences from the points on the right
    double before = 1;
    after[size - 1] = 1;
    for (std::size_t k = size - 1; k > 0; --k) after[k - 1] = after[k] * (x - static_cast<double>(k));
    for (std::size_t k = 0; k < size; ++k) {
      weights_[k] = scales[k] * before * after[k];
      before *= x - static_cast<double>(k);
    }
  }

  double operator[](std::size_t k) const { return weights_[k]; }

 private:
  static constexpr std::array<double, size> scales = lagrange_scales<size>();

  std::array<double, size> weights_;
};

/// Where a row of arguments first + i step, i = 0, 1 ..., falls into a table of eight points a step: in the same place
/// between two of them for every i. One set of eight weights thus serves the whole row, and the points that a weight
/// needs follow each other in memory, as the table is kept by residues modulo 8.
class RowPlace {
 public:
  static constexpr Index phases = 8;
  static constexpr std::size_t taps = 8;
  static constexpr Index before = taps / 2 - 1;  // of the taps, left of the place

  RowPlace(double position, Index length) : RowPlace(position, std::floor(position), length) {}

  double weight(std::size_t tap) const { return weights_[tap]; }
  Index offset(std::size_t tap) const { return offsets_[tap]; }

  /// A point's place in memory.
  static Index place(Index point, Index length) { return (point & (phases - 1)) * length + (point >> 3); }

 private:
  RowPlace(double position, double whole, Index length) : weights_(position - whole + static_cast<double>(before)) {
    const Index lowest = static_cast<Index>(whole) - before;
    for (std::size_t t = 0; t < taps; ++t) offsets_[t] = place(lowest + static_cast<Index>(t), length);
  }

  LagrangeWeights<taps> weights_;
  std::array<Index, taps> offsets_;
};

/// A function at eight points a step. Of one with singularities pi away, read at steps of 1/4, polynomials through
/// eight points miss about 1e-15.
class InterpolationTable {
 public:
  InterpolationTable() = default;

  /// How far the given points reach beyond those that are made.
  static constexpr std::size_t margin = 8;

  /// \param coarse  the function at two points a step; three more are put between every two, by polynomials through 16.
  explicit InterpolationTable(const std::vector<double>& coarse)
      : size_(4 * static_cast<Index>(coarse.size() - 2 * margin)), length_(size_ / RowPlace::phases + 1) {
    values_.assign(as_size(RowPlace::phases * length_), 0.0);
    for (Index part = 0; part < 4; ++part) {
      const LagrangeWeights<2 * margin> weights(static_cast<double>(margin - 1) + static_cast<double>(part) / 4);
      for (Index point = part; point < size_; point += 4) {
        const double* from = coarse.data() + point / 4 + 1;
        double value = 0;
        for (std::size_t t = 0; t < 2 * margin; ++t) value += weights[t] * from[t];
        values_[as_size(RowPlace::place(point, length_))] = value;
      }
    }
  }

  Index length() const { return length_; }

  /// accept(i, value) for the first `count` numbers of a row.
  template <class Accept>
  void read(const RowPlace& row, Index count, const Accept& accept) const {
    const auto from = [&](std::size_t t) { return values_.data() + row.offset(t); };
    const double *f0 = from(0), *f1 = from(1), *f2 = from(2), *f3 = from(3);
    const double *f4 = from(4), *f5 = from(5), *f6 = from(6), *f7 = from(7);
    const double w0 = row.weight(0), w1 = row.weight(1), w2 = row.weight(2), w3 = row.weight(3);
    const double w4 = row.weight(4), w5 = row.weight(5), w6 = row.weight(6), w7 = row.weight(7);
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
    for (Index i = 0; i < count; ++i) {
      accept(i, ((w0 * f0[i] + w1 * f1[i]) + (w2 * f2[i] + w3 * f3[i])) +
                    ((w4 * f4[i] + w5 * f5[i]) + (w6 * f6[i] + w7 * f7[i])));
    }
  }

  /// The value of a point, or at an end.
  double at(double point) const {
    const double inside = (std::min)((std::max)(point, 0.0), static_cast<double>(size_ - 1));
    return values_[as_size(RowPlace::place(static_cast<Index>(inside), length_))];
  }

 private:
  Index size_ = 0, length_ = 0;
  std::vector<double> values_;
};

/// What of a law will be asked for beside -log F and the hazard.
struct LawContents {
  bool slope = false, curvature = false;
};

/// The law of a sum of Gumbel variables at equal steps: a sum over some 200 nodes for every point of the table, instead
/// of for every number that is asked for.
class GumbelSumTable {
 public:
  using Scalar = double;

  /// \param farthest  the largest argument that will be asked for.
  GumbelSumTable(const GumbelSum<double>& law, double step, double farthest, LawContents contents)
      : step_(step), depth_(law.depth()), tail_(law.tail()), c_(law.c()), mirrored_(law.mirrored()) {
    constexpr auto margin = static_cast<double>(InterpolationTable::margin);
    const double coarse_step = step / 2, lowest = lowest_argument(law), begin = lowest - margin * coarse_step;
    const auto count = static_cast<std::size_t>((farthest - begin) / coarse_step + margin + 2);
    std::vector<double> minus_log(count), hazard(count), slope(count), curvature(count);
    for (std::size_t k = 0; k < count; ++k) {
      const LogCdf<double> at = law.at(begin + static_cast<double>(k) * coarse_step, contents.curvature);
      minus_log[k] = at.minus_log;
      hazard[k] = at.hazard;
      slope[k] = at.slope;
      curvature[k] = at.curvature;
    }
    origin_ = lowest;
    points_a_step_ = static_cast<double>(RowPlace::phases) / step;
    minus_log_ = InterpolationTable(minus_log);
    hazard_ = InterpolationTable(hazard);
    if (contents.slope) slope_ = InterpolationTable(slope);
    if (contents.curvature) curvature_ = InterpolationTable(curvature);
  }

  double step() const { return step_; }
  double c() const { return c_; }
  bool mirrored() const { return mirrored_; }
  double depth() const { return depth_; }
  const std::pair<double, double>& tail() const { return tail_; }

  double rough_minus_log(double z) const { return minus_log_.at((z - origin_) * points_a_step_); }

  /// The arguments first + i step.
  RowPlace row_from(double first) const { return {(first - origin_) * points_a_step_, minus_log_.length()}; }

  // accept(i, value) for the first `count` of them.
  template <class Accept>
  void minus_log(const RowPlace& row, Index count, const Accept& accept) const {
    minus_log_.read(row, count, accept);
  }
  template <class Accept>
  void hazard(const RowPlace& row, Index count, const Accept& accept) const {
    hazard_.read(row, count, accept);
  }
  template <class Accept>
  void slope(const RowPlace& row, Index count, const Accept& accept) const {
    slope_.read(row, count, accept);
  }
  template <class Accept>
  void curvature(const RowPlace& row, Index count, const Accept& accept) const {
    curvature_.read(row, count, accept);
  }

 private:
  /// Where -log F has passed all that will be asked for.
  static double lowest_argument(const GumbelSum<double>& law) {
    double z = 0;
    while (law.at(z).minus_log < law.depth() + 2) z -= 0.5;
    return z - 1.5;
  }

  double step_, depth_, origin_ = 0, points_a_step_ = 1;
  std::pair<double, double> tail_;
  double c_;
  bool mirrored_;
  InterpolationTable minus_log_, hazard_, slope_, curvature_;
};

/// The same, number by number, for every other scalar.
template <class ScalarType>
class GumbelSumRows {
 public:
  using Scalar = ScalarType;
  using Real = PlainScalar<Scalar>;

  GumbelSumRows(const Scalar& c, bool mirrored, Real step, Real farthest, LawContents contents = {},
                double tail_depth = detail::tail_depth<Real>)
      : law_(c, mirrored, farthest, contents.curvature, tail_depth),
        rough_(static_cast<double>(value_of(c)), mirrored, static_cast<double>(farthest)),
        step_(step),
        tail_(law_.tail()) {}

  Real step() const { return step_; }
  const Scalar& c() const { return law_.c(); }
  bool mirrored() const { return law_.mirrored(); }
  Real depth() const { return law_.depth(); }
  const std::pair<Scalar, Scalar>& tail() const { return tail_; }

  Real rough_minus_log(Real z) const { return static_cast<Real>(rough_.at(static_cast<double>(z)).minus_log); }

  Scalar row_from(const Scalar& first) const { return first; }

  template <class Accept>
  void minus_log(const Scalar& first, Index count, const Accept& accept) const {
    for (Index i = 0; i < count; ++i) accept(i, law_.at(argument(first, i)).minus_log);
  }
  template <class Accept>
  void hazard(const Scalar& first, Index count, const Accept& accept) const {
    for (Index i = 0; i < count; ++i) accept(i, law_.at(argument(first, i)).hazard);
  }
  template <class Accept>
  void slope(const Scalar& first, Index count, const Accept& accept) const {
    for (Index i = 0; i < count; ++i) accept(i, law_.at(argument(first, i)).slope);
  }
  template <class Accept>
  void curvature(const Scalar& first, Index count, const Accept& accept) const {
    for (Index i = 0; i < count; ++i) accept(i, law_.at(argument(first, i), true).curvature);
  }

 private:
  Scalar argument(const Scalar& first, Index i) const { return first + Scalar(constant<Scalar>(i) * step_); }

  GumbelSum<Scalar> law_;
  GumbelSum<double> rough_;
  Real step_;
  std::pair<Scalar, Scalar> tail_;
};

}  // namespace concrete::detail
