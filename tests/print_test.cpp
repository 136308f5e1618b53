#include "concrete/print.hpp"

#include <concrete/concrete.hpp>
#include <iomanip>
#include <limits>
#include <sstream>
#include <string>

#include "catch.hpp"

namespace {

using Eigen::MatrixXf, Eigen::RowVectorXd, Eigen::Vector3d, Eigen::VectorXd;

template <class Distribution>
std::string printed(const Distribution& d) {
  return (std::ostringstream() << d).str();
}

/// A class of somebody else's.
struct Choice : concrete::Discrete<Vector3d> {
  using Discrete::Discrete;
};

}  // namespace

TEST_CASE("All six classes print their name and parameters", "[print]") {
  const Vector3d logits(1, 0, -1.5);
  CHECK(printed(concrete::Concrete(logits, 0.5)) == "Concrete(logits: [1, 0, -1.5], temperature: 0.5)");
  CHECK(printed(concrete::ExpConcrete(logits, 2)) == "ExpConcrete(logits: [1, 0, -1.5], temperature: 2)");
  CHECK(printed(concrete::BinaryConcrete(logits, 1)) == "BinaryConcrete(logits: [1, 0, -1.5], temperature: 1)");
  CHECK(printed(concrete::LogitBinaryConcrete(logits, 1)) ==
        "LogitBinaryConcrete(logits: [1, 0, -1.5], temperature: 1)");
  CHECK(printed(concrete::Discrete(logits)) == "Discrete(logits: [1, 0, -1.5])");
  CHECK(printed(concrete::Bernoulli(logits)) == "Bernoulli(logits: [1, 0, -1.5])");
}

TEST_CASE("What is derived from a distribution prints as that", "[print]") {
  CHECK(printed(Choice(Vector3d(1, 0, -1.5))) == "Discrete(logits: [1, 0, -1.5])");
}

TEST_CASE("A batch prints with its shape, a distribution in brackets", "[print]") {
  MatrixXf logits(2, 3);
  logits << 1, 2, 3, 4, 5, 6;
  CHECK(printed(concrete::Discrete(logits)) == "Discrete(logits, 2 x 3: [1, 4], [2, 5], [3, 6])");
  CHECK(printed(concrete::Bernoulli(RowVectorXd(RowVectorXd::Zero(2)))) == "Bernoulli(logits, 1 x 2: [0], [0])");
}

TEST_CASE("From nine entries on, the middle of a list is left out", "[print]") {
  CHECK(printed(concrete::Discrete(VectorXd::LinSpaced(8, 1, 8))) == "Discrete(logits: [1, 2, 3, 4, 5, 6, 7, 8])");
  CHECK(printed(concrete::Discrete(VectorXd::LinSpaced(9, 1, 9))) == "Discrete(logits: [1, 2, 3, ..., 7, 8, 9])");
  CHECK(printed(concrete::Bernoulli(RowVectorXd(RowVectorXd::LinSpaced(100, 1, 100)))) ==
        "Bernoulli(logits, 1 x 100: [1], [2], [3], ..., [98], [99], [100])");
}

TEST_CASE("Masks print as -inf", "[print]") {
  const Vector3d logits(0, -std::numeric_limits<double>::infinity(), 1);
  CHECK(printed(concrete::Discrete(logits)) == "Discrete(logits: [0, -inf, 1])");
}

TEST_CASE("The stream's format holds for the numbers, its width for the whole", "[print]") {
  const concrete::Discrete d(Vector3d(1. / 3, 0, -1));
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << std::left << std::setfill('.') << std::setw(36) << d << '|' << 0.5;
  CHECK(out.str() == "Discrete(logits: [0.33, 0.00, -1.00])|0.50");
  out.str("");
  out << std::setw(40) << d << '|';
  CHECK(out.str() == "Discrete(logits: [0.33, 0.00, -1.00])...|");
}
