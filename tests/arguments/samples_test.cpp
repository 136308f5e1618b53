#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <string>

#include "catch.hpp"
#include "refusals.hpp"
#include "support/models.hpp"

// What sampling refuses: counts, outputs and noise.

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using testing::check_refusals;
using testing::Random;

/// Four distributions of dimension 3.
template <class D>
D model() {
  return testing::draw_model<D>(401);
}

}  // namespace

TEMPLATE_TEST_CASE("A count of samples is not negative, and their columns can be counted", "[arguments]",
                   concrete::ExpConcreteXXd, concrete::ConcreteXXd, concrete::LogitBinaryConcreteXXd,
                   concrete::BinaryConcreteXXd, concrete::DiscreteXXd, concrete::BernoulliXXd) {
  const auto d = model<TestType>();
  Random engine(402), untouched(402);
  const auto check = [&](auto count, const std::string& message) {
    check_refusals({{"sample", [&] { return d.sample(engine, count); }, message},
                    {"noise", [&] { return d.noise(engine, count); }, message}});
    if constexpr (testing::is_relaxed<TestType>) {
      check_refusals({{"sample_and_log_prob", [&] { return d.sample_and_log_prob(engine, count); }, message}});
    } else {
      check_refusals({{"sample_index", [&] { return d.sample_index(engine, count); }, message}});
    }
  };
  const std::string most = std::to_string(std::numeric_limits<Index>::max() / 4);
  check(-1, "count must not be negative, but was -1");
  check(std::numeric_limits<std::int64_t>::min(), "count must not be negative, but was -9223372036854775808");
  check(std::numeric_limits<std::int64_t>::max(), "count must be at most " + most + ", but was 9223372036854775807");
  check(std::numeric_limits<std::uint64_t>::max(), "count must be at most " + most + ", but was 18446744073709551615");
  CHECK(engine() == untouched());
}

TEMPLATE_TEST_CASE("Samples go where there is room for them", "[arguments]", concrete::ExpConcreteXXd,
                   concrete::ConcreteXXd, concrete::LogitBinaryConcreteXXd, concrete::BinaryConcreteXXd,
                   concrete::DiscreteXXd, concrete::BernoulliXXd) {
  const auto d = model<TestType>();
  Random engine(403), untouched(403);
  MatrixXd frame = MatrixXd::Constant(5, 9, 7);
  Eigen::Matrix<double, Eigen::Dynamic, 5> five_columns(3, 5);
  Eigen::VectorXd vector(3);
  const auto message = [](const char* shape) {
    return "out must have 3 rows and a multiple of 4 columns, but is " + std::string(shape) + " and cannot be resized";
  };
  check_refusals({
      {"rows of a block", [&] { d.sample(engine, frame.topLeftCorner(4, 8)); }, message("4 x 8")},
      {"columns of a block", [&] { d.sample(engine, frame.topLeftCorner(3, 9)); }, message("3 x 9")},
      {"a block without columns", [&] { d.sample(engine, frame.topLeftCorner(3, 0)); }, message("3 x 0")},
      {"a reference", [&] { d.sample(engine, Eigen::Ref<MatrixXd>(frame)); }, message("5 x 9")},
      {"a transposed block", [&] { d.sample(engine, frame.topLeftCorner(3, 4).transpose()); }, message("4 x 3")},
      {"a fixed number of columns", [&] { d.sample(engine, five_columns); }, message("3 x 5")},
      {"a vector", [&] { d.sample(engine, vector); }, message("3 x 1")},
  });
  CHECK((frame.array() == 7).all());
  CHECK(engine() == untouched());
}

TEMPLATE_TEST_CASE("Samples and log-densities go where there is room for both", "[arguments]", concrete::ExpConcreteXXd,
                   concrete::ConcreteXXd, concrete::LogitBinaryConcreteXXd, concrete::BinaryConcreteXXd) {
  const auto d = model<TestType>();
  Random engine(404), untouched(404);
  MatrixXd sample = MatrixXd::Constant(3, 8, 7), frame = MatrixXd::Constant(5, 9, 7);
  RowVectorXd log_prob = RowVectorXd::Constant(9, 7);
  double number = 7;
  const auto draw = [&](auto&& y, auto&& l) { d.sample_and_log_prob(engine, y, l); };
  check_refusals({
      {"rows", [&] { draw(frame.topLeftCorner(4, 8), log_prob); },
       "sample must have 3 rows and a multiple of 4 columns, but is 4 x 8 and cannot be resized"},
      {"columns", [&] { draw(frame.topLeftCorner(3, 7), log_prob); },
       "sample must have 3 rows and a multiple of 4 columns, but is 3 x 7 and cannot be resized"},
      {"a short row", [&] { draw(sample, log_prob.head(4)); },
       "log_prob must be 1 x 8, but is 1 x 4 and cannot be resized"},
      {"a long row", [&] { draw(sample, log_prob.head(9)); },
       "log_prob must be 1 x 8, but is 1 x 9 and cannot be resized"},
      {"a column", [&] { draw(sample, frame.col(0)); }, "log_prob must be 1 x 8, but is 5 x 1 and cannot be resized"},
      {"one number", [&] { d.sample_and_log_prob(engine, sample, number); },
       "log_prob must have 8 entries, but is one number"},
  });
  CHECK((sample.array() == 7).all());
  CHECK((log_prob.array() == 7).all());
  CHECK(number == 7);
  CHECK(engine() == untouched());
}

TEMPLATE_TEST_CASE("Noise has the rows of the distribution and a multiple of its columns", "[arguments]",
                   concrete::ExpConcreteXXd, concrete::ConcreteXXd, concrete::LogitBinaryConcreteXXd,
                   concrete::BinaryConcreteXXd, concrete::DiscreteXXd, concrete::BernoulliXXd) {
  const auto d = model<TestType>();
  const auto make = [&](Index rows, Index cols) { return d.reparameterize(MatrixXd::Zero(rows, cols).eval()); };
  check_refusals({
      {"a row more", [&] { make(4, 4); }, "noise must have 3 rows, but has 4"},
      {"no rows", [&] { make(0, 4); }, "noise must have 3 rows, but has 0"},
      {"a column more", [&] { make(3, 5); }, "noise must have a multiple of 4 columns, but has 5"},
      {"a column less", [&] { make(3, 3); }, "noise must have a multiple of 4 columns, but has 3"},
  });
  CHECK_NOTHROW(make(3, 0));
}
