#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "concrete/exact/entropy.hpp"
#include "concrete/exact/kl_divergence.hpp"
#include "concrete/exact/moments.hpp"
#include "concrete/noise/engine.hpp"

// Exact expectations are what averages of samples tend to: within 5 standard errors, which one assertion in 2 million
// would miss by chance. By  exact_tests "[.long]"  with 10^7 samples.

namespace {

using concrete::BinaryConcrete;
using concrete::Concrete;
using concrete::Engine;
using concrete::ExpConcrete;
using concrete::LogitBinaryConcrete;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using Eigen::Vector3d, Eigen::VectorXd;

/// Averages of numbers that come in blocks, a row for each quantity.
class Averages {
 public:
  void add(const MatrixXd& values) {
    if (sum_.size() == 0) sum_ = squares_ = VectorXd::Zero(values.rows());
    sum_ += values.rowwise().sum();
    squares_ += values.cwiseAbs2().rowwise().sum();
    count_ += static_cast<double>(values.cols());
  }

  void check(const VectorXd& expected) const {
    const VectorXd mean = sum_ / count_, variance = squares_ / count_ - mean.cwiseAbs2();
    for (Index k = 0; k < mean.size(); ++k) {
      CAPTURE(k, mean(k), expected(k));
      CHECK(std::abs(mean(k) - expected(k)) <= 5 * std::sqrt(variance(k) / count_));
    }
  }

 private:
  VectorXd sum_, squares_;
  double count_ = 0;
};

constexpr int block = 10'000;

/// q's log-ratio to p and the samples' moments, for a class on the log scale and its image on the simplex or in (0, 1).
template <class Log, class Image>
void check_samples(const Log& q, const Log& p, const Image& x_law, int blocks) {
  Engine engine(41);
  Averages divergence, log_density, values, squares, products, log_values, log_squares;
  for (int i = 0; i < blocks; ++i) {
    const auto [y, log_q] = q.sample_and_log_prob(engine, block);
    const MatrixXd x = Log::to_concrete(y), off = x.colwise() - VectorXd(mean(x_law));
    divergence.add(log_q - p.log_prob(y));
    log_density.add(-log_q);
    values.add(x);
    squares.add(off.cwiseAbs2());
    products.add(off.row(0).cwiseProduct(off.row(2)));
    log_values.add(y);
    log_squares.add((y.colwise() - VectorXd(mean(q))).cwiseAbs2());
  }
  divergence.check(VectorXd::Constant(1, kl_divergence(q, p)));
  log_density.check(VectorXd::Constant(1, entropy(q)));
  values.check(mean(x_law));
  squares.check(variance(x_law));
  products.check(VectorXd::Constant(1, covariance(x_law)(0, 2)));
  log_values.check(mean(q));
  if constexpr (requires { variance(q); }) log_squares.check(variance(q));
}

void check_everything(int blocks) {
  const Vector3d a(0.5, -1, 2), b(-0.25, 0.5, 0);
  for (const double t_q : {0.4, 2.5}) {
    for (const double t_p : {0.3, 1.0}) {
      CAPTURE(t_q, t_p);
      check_samples(ExpConcrete<Vector3d>(a, t_q), ExpConcrete<Vector3d>(b, t_p), Concrete<Vector3d>(a, t_q), blocks);
      check_samples(LogitBinaryConcrete<Vector3d>(a, t_q), LogitBinaryConcrete<Vector3d>(b, t_p),
                    BinaryConcrete<Vector3d>(a, t_q), blocks);
    }
  }
}

}  // namespace

TEST_CASE("Averages of samples tend to the exact expectations") { check_everything(50); }

TEST_CASE("Averages of ten million samples tend to the exact expectations", "[.long]") { check_everything(1000); }

TEST_CASE("Entropies on the simplex are those of samples") {
  const Vector3d a(0.5, -1, 2);
  for (const double t : {0.7, 2.0}) {
    const Concrete<Vector3d> d(a, t);
    const BinaryConcrete<Vector3d> binary(a, t);
    Engine engine(42);
    Averages of_d, of_binary;
    for (int i = 0; i < 20; ++i) {
      of_d.add(-d.sample_and_log_prob(engine, block).log_prob);
      of_binary.add(-binary.sample_and_log_prob(engine, block).log_prob);
    }
    of_d.check(VectorXd::Constant(1, entropy(d)));
    of_binary.check(VectorXd::Constant(1, entropy(binary)));
  }
}
