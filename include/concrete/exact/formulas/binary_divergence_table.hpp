#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "concrete/exact/formulas/binary_divergence_sum.hpp"

// f_r of many entries at one r: polynomials that are made once, instead of a logarithm for every node and entry.

namespace concrete::detail {

/// Coefficients, lowest first, of polynomials of degree 11 in x, where the nodes of a grid lie at ... -3/2, -1/2, 1/2,
/// 3/2 ...; row k belongs to the k-th of the nodes around 0.
using PolynomialRow = std::array<double, 12>;

/// p(x) (constant + linear x)
constexpr PolynomialRow times(const PolynomialRow& p, double constant, double linear) {
  PolynomialRow result{};
  for (std::size_t i = 0; i < p.size(); ++i) result[i] = constant * p[i] + (i > 0 ? linear * p[i - 1] : 0);
  return result;
}

/// 1 at the k-th of 12 nodes and 0 at the others.
inline constexpr std::array<PolynomialRow, 12> lagrange_polynomials = [] {
  std::array<PolynomialRow, 12> rows{};
  for (int k = 0; k < 12; ++k) {
    PolynomialRow row{1};
    for (int j = 0; j < 12; ++j) {
      if (j != k) row = times(row, -(j - 5.5) / (k - j), 1.0 / (k - j));
    }
    rows[static_cast<std::size_t>(k)] = row;
  }
  return rows;
}();

/// Hermite's polynomials for 6 nodes: the k-th of `of_values` has value 1 and slope 0 at node k, the k-th of
/// `of_slopes` value 0 and slope 1; at the other nodes value and slope are 0.
struct HermitePolynomials {
  std::array<PolynomialRow, 6> of_values{}, of_slopes{};
};
inline constexpr HermitePolynomials hermite_polynomials = [] {
  HermitePolynomials result;
  for (int k = 0; k < 6; ++k) {
    PolynomialRow square{1};  // Lagrange's polynomial of node k, squared
    double slope = 0;         // the slope of that polynomial itself at node k
    for (int j = 0; j < 6; ++j) {
      if (j == k) continue;
      slope += 1.0 / (k - j);
      for (int twice = 0; twice < 2; ++twice) square = times(square, -(j - 2.5) / (k - j), 1.0 / (k - j));
    }
    const double node = k - 2.5;
    result.of_slopes[static_cast<std::size_t>(k)] = times(square, -node, 1);
    result.of_values[static_cast<std::size_t>(k)] = times(square, 1 + 2 * slope * node, -2 * slope);
  }
  return result;
}();

/// BinaryDivergenceSum by polynomials.
///
/// As a function of |delta| the rise is analytic within pi, so that on intervals of 1/8 polynomials of degree 11
/// through values and slopes of 6 nodes miss 1e-16, those of the ratio's slope through 12 values 1e-12. Further out,
/// where what differs from a straight line dies away as e^-|delta|, intervals are longer; from 40 on nothing differs.
class BinaryDivergenceTable {
 public:
  explicit BinaryDivergenceTable(const BinaryDivergenceSum<double>& sum) {
    pieces_.reserve(static_cast<std::size_t>(levels.back().first + levels.back().count));
    for (const Level& level : levels) add_pieces(sum, level);
  }

  /// The rise at each delta; its derivatives with respect to |delta| and r.
  CONCRETE_NEVER_INLINE void operator()(BinaryDivergences<double>& at) const {
    const Piece* pieces = pieces_.data();
    at.for_each([&at, pieces](Index i) {
      const double size = std::abs(at.delta[i]), inside = select(mask_less(size, last), size, last);
      const bool beyond_first = !(inside < levels[1].begin), beyond_second = !(inside < levels[2].begin);
      const Level& level = levels[static_cast<std::size_t>(beyond_first) + static_cast<std::size_t>(beyond_second)];
      const double position = (inside - level.begin) * level.per_unit;
      const auto interval = static_cast<Index>(position);
      const Piece& piece = pieces[level.first + interval];
      const double x = position - static_cast<double>(interval) - 0.5, y = x * x;
      // Even and odd powers apart, and with them the slopes, so that they do not wait for each other.
      double even = piece.rise[10], odd = piece.rise[11], even_slope = 0, odd_slope = 0;
      double ratio_even = piece.ratio_slope[10], ratio_odd = piece.ratio_slope[11];
      for (std::size_t k = 10; k > 0; k -= 2) {
        even_slope = even_slope * y + even;
        odd_slope = odd_slope * y + odd;
        even = even * y + piece.rise[k - 2];
        odd = odd * y + piece.rise[k - 1];
        ratio_even = ratio_even * y + piece.ratio_slope[k - 2];
        ratio_odd = ratio_odd * y + piece.ratio_slope[k - 1];
      }
      at.rise[i] = (even + x * odd) + (size - inside);
      at.slope[i] = (odd + 2 * (x * even_slope + y * odd_slope)) * level.per_unit;
      at.ratio_slope[i] = ratio_even + x * ratio_odd;
    });
  }

 private:
  struct Piece {
    PolynomialRow rise{}, ratio_slope{};
  };

  /// `count` intervals from `begin` on, `per_unit` of them in 1; the first is piece `first`.
  struct Level {
    double begin, per_unit;
    Index count, first;
  };
  static constexpr std::array<Level, 3> levels{{{0, 8, 64, 0}, {8, 4, 64, 64}, {24, 2, 32, 128}}};
  static constexpr double last = 39.999999999;

  void add_pieces(const BinaryDivergenceSum<double>& sum, const Level& level) {
    constexpr Index margin = 5;  // nodes beyond the ends
    BinaryDivergences<double> at;
    at.count = level.count + 1 + 2 * margin;
    for (Index i = 0; i < at.count; ++i) at.delta[i] = level.begin + static_cast<double>(i - margin) / level.per_unit;
    at.fill_up_strip();
    sum(at);
    for (Index i = 0; i < level.count; ++i) {
      Piece piece;
      for (Index k = 0; k < 6; ++k) {
        const Index node = i + k + margin - 2;
        const double slope = std::copysign(at.slope[node], at.delta[node]) / level.per_unit;
        const auto row = static_cast<std::size_t>(k);
        add(piece.rise, at.rise[node], hermite_polynomials.of_values[row]);
        add(piece.rise, slope, hermite_polynomials.of_slopes[row]);
      }
      for (Index k = 0; k < 12; ++k) {
        add(piece.ratio_slope, at.ratio_slope[i + k + margin - 5], lagrange_polynomials[static_cast<std::size_t>(k)]);
      }
      pieces_.push_back(piece);
    }
  }

  static void add(PolynomialRow& sum, double factor, const PolynomialRow& row) {
    for (std::size_t i = 0; i < row.size(); ++i) sum[i] += factor * row[i];
  }

  std::vector<Piece> pieces_;
};

}  // namespace concrete::detail
