#pragma once

#include <concrete/concrete.hpp>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "catch.hpp"

// What the snippets of the documentation take as given. A snippet is the body of a function in this namespace, and may
// declare a name of its own instead; below <!-- given: … --> it gets others.

#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#endif

namespace snippets {

using Eigen::Index;

inline concrete::Engine engine;  // begins with each snippet anew

inline const Index B = 4;                                                                     // data points
inline const Eigen::MatrixXd h = Eigen::MatrixXd::NullaryExpr(200, B, [](Index i, Index j) {  // a network's output
  return std::sin(static_cast<double>(1 + i + 200 * j));
});
inline const Eigen::VectorXd prior = Eigen::VectorXd::LinSpaced(10, -0.5, 0.5);

inline const concrete::ExpConcrete q(h.reshaped(10, 20 * B), 2. / 3);  // posterior
inline const concrete::ExpConcrete p(prior, 2. / 5);                   // and prior
inline const Eigen::MatrixXd dlikelihood_dy = Eigen::MatrixXd::Constant(10, 20 * B, 0.1);

inline const Eigen::VectorXd alpha = Eigen::Vector3d(0.5, 1, 3);  // odds

/// What is written to a stream meanwhile, in a format that begins as the standard says.
class Redirection {
 public:
  explicit Redirection(std::ostream& stream) : stream_(stream), buffer_(stream.rdbuf(text_.rdbuf())) {
    stream.copyfmt(std::ostream(nullptr));
  }
  ~Redirection() { stream_.rdbuf(buffer_); }
  Redirection(const Redirection&) = delete;
  Redirection& operator=(const Redirection&) = delete;

  std::string str() const { return text_.str(); }

 private:
  std::ostream& stream_;
  std::ostringstream text_;
  std::streambuf* buffer_;
};

/// Runs a snippet; where the page shows what it prints, that has to be what it writes to std::cout.
inline void check(void (*run)(), const std::string& expected) {
  engine.seed(2017);
  const Redirection written(std::cout);
  run();
  if (!expected.empty()) CHECK(written.str() == expected);
}

}  // namespace snippets
