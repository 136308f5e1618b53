#include <Eigen/Core>
#include <string>

#include "catch.hpp"
#include "refusals.hpp"
#include "support/limits.hpp"
#include "support/models.hpp"

// What divergences and the functions of training refuse.

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::RowVectorXd;
using testing::check_refusals;
using testing::inf;
using testing::quiet_nan;

MatrixXd zeros(Index rows, Index cols) { return MatrixXd::Zero(rows, cols); }

template <class D>
D model(Index rows, Index cols) {
  return testing::make<D>(zeros(rows, cols));
}

const std::string wrong_rows = "q must have 2 rows, but has 3";
const std::string wrong_batch = "q must have a multiple of 3 columns, but has 4";

}  // namespace

TEMPLATE_TEST_CASE("A divergence is between distributions of one dimension, and the batch of p divides that of q",
                   "[arguments]", concrete::DiscreteXXd, concrete::BernoulliXXd) {
  const auto q = model<TestType>(3, 4), shorter = model<TestType>(2, 4), odd = model<TestType>(3, 3);
  check_refusals({
      {"rows", [&] { return kl_divergence(q, shorter); }, wrong_rows},
      {"batch", [&] { return kl_divergence(q, odd); }, wrong_batch},
      {"a batch beside one", [&] { return kl_divergence(model<TestType>(3, 1), q); },
       "q must have a multiple of 4 columns, but has 1"},
      {"gradient, rows", [&] { return kl_divergence_gradient(q, shorter); }, wrong_rows},
      {"gradient, batch", [&] { return kl_divergence_gradient(q, odd); }, wrong_batch},
      {"upstream, short", [&] { return kl_divergence_gradient(q, q, zeros(1, 3)); },
       "upstream must be 1 x 4, but is 1 x 3"},
      {"upstream, a column", [&] { return kl_divergence_gradient(q, q, zeros(4, 1)); },
       "upstream must be 1 x 4, but is 4 x 1"},
  });
}

TEMPLATE_TEST_CASE("The relaxed divergences refuse by name what does not fit", "[arguments]", concrete::ExpConcreteXXd,
                   concrete::LogitBinaryConcreteXXd) {
  const auto q = model<TestType>(3, 4), p = model<TestType>(3, 2);
  const auto shorter = model<TestType>(2, 2), odd = model<TestType>(3, 3);
  const MatrixXd y = zeros(3, 8), few_rows = zeros(2, 8), odd_columns = zeros(3, 6);
  const RowVectorXd log_q = RowVectorXd::Zero(8), four = RowVectorXd::Zero(4);
  const std::string sample_rows = "sample must have 3 rows, but has 2";
  const std::string sample_columns = "sample must have a multiple of 4 columns, but has 6";
  const std::string short_upstream = "upstream must be 1 x 8, but is 1 x 4";
  check_refusals({
      {"relaxed_kl, dimension", [&] { return relaxed_kl(q, shorter, y, log_q); }, wrong_rows},
      {"relaxed_kl, batch", [&] { return relaxed_kl(q, odd, y, log_q); }, wrong_batch},
      {"relaxed_kl, rows of the sample", [&] { return relaxed_kl(q, p, few_rows, log_q); }, sample_rows},
      {"relaxed_kl, columns of the sample", [&] { return relaxed_kl(q, p, odd_columns, log_q); }, sample_columns},
      {"relaxed_kl, short log_q", [&] { return relaxed_kl(q, p, y, four); }, "log_q must be 1 x 8, but is 1 x 4"},
      {"relaxed_kl, column log_q", [&] { return relaxed_kl(q, p, y, zeros(8, 1)); },
       "log_q must be 1 x 8, but is 8 x 1"},
      {"relaxed_kl from samples, dimension", [&] { return relaxed_kl(q, shorter, y); }, wrong_rows},
      {"relaxed_kl from samples, sample", [&] { return relaxed_kl(q, p, odd_columns); }, sample_columns},
      {"relaxed_kl_gradient, dimension", [&] { return relaxed_kl_gradient(q, shorter, y, log_q); }, wrong_rows},
      {"relaxed_kl_gradient, batch", [&] { return relaxed_kl_gradient(q, odd, y, log_q); }, wrong_batch},
      {"relaxed_kl_gradient, sample", [&] { return relaxed_kl_gradient(q, p, few_rows, log_q); }, sample_rows},
      {"relaxed_kl_gradient, log_q", [&] { return relaxed_kl_gradient(q, p, y, four); },
       "log_q must be 1 x 8, but is 1 x 4"},
      {"relaxed_kl_gradient, upstream", [&] { return relaxed_kl_gradient(q, p, y, log_q, four); }, short_upstream},
      {"relaxed_mass_kl, dimension", [&] { return relaxed_mass_kl(q, shorter, y); }, wrong_rows},
      {"relaxed_mass_kl, batch", [&] { return relaxed_mass_kl(q, odd, y); }, wrong_batch},
      {"relaxed_mass_kl, rows of the sample", [&] { return relaxed_mass_kl(q, p, few_rows); }, sample_rows},
      {"relaxed_mass_kl, columns of the sample", [&] { return relaxed_mass_kl(q, p, odd_columns); }, sample_columns},
      {"relaxed_mass_kl_gradient, dimension", [&] { return relaxed_mass_kl_gradient(q, shorter, y); }, wrong_rows},
      {"relaxed_mass_kl_gradient, upstream", [&] { return relaxed_mass_kl_gradient(q, p, y, four); }, short_upstream},
      {"discrete_kl, dimension", [&] { return discrete_kl(q, shorter); }, wrong_rows},
      {"discrete_kl, batch", [&] { return discrete_kl(q, odd); }, wrong_batch},
      {"discrete_kl_gradient, upstream", [&] { return discrete_kl_gradient(q, p, log_q); },
       "upstream must be 1 x 4, but is 1 x 8"},
  });
}

TEST_CASE("Log-weights are a row with the same positive number for each data point", "[arguments]") {
  const auto run = [](Index rows, Index cols, Index batch) {
    return concrete::importance_weighted(zeros(rows, cols), batch);
  };
  check_refusals({
      {"no batch", [&] { run(1, 6, 0); }, "batch_size must be > 0, but was 0"},
      {"a negative batch", [&] { run(1, 6, -3); }, "batch_size must be > 0, but was -3"},
      {"no weights", [&] { run(1, 0, 3); }, "log_weights must not be empty"},
      {"a weight more", [&] { run(1, 7, 3); }, "log_weights must have a multiple of 3 columns, but has 7"},
      {"fewer than the batch", [&] { run(1, 2, 3); }, "log_weights must have a multiple of 3 columns, but has 2"},
      {"a column", [&] { run(6, 1, 1); }, "log_weights must have 1 row, but has 6"},
      {"no rows", [&] { run(0, 6, 3); }, "log_weights must have 1 row, but has 0"},
  });
}

TEST_CASE("There are recommended temperatures from two categories up", "[arguments]") {
  check_refusals({
      {"one", [] { return concrete::recommended_temperatures(1); }, "arity must be at least 2, but was 1"},
      {"none", [] { return concrete::recommended_temperatures(0); }, "arity must be at least 2, but was 0"},
      {"negative", [] { return concrete::recommended_temperatures(-8); }, "arity must be at least 2, but was -8"},
  });
}

TEST_CASE("An annealing schedule refuses by name what it cannot follow", "[arguments]") {
  using Schedule = concrete::ExponentialAnnealing;
  const std::string initial = "initial must be finite and > 0, but was ";
  const std::string minimum = "minimum must be finite and > 0, but was ";
  const std::string rate = "rate must be finite and >= 0, but was ";
  check_refusals({
      {"initial",
       [] {
         return Schedule{0, 0.1, 0.5, 10}(0);
       },
       initial + "0"},
      {"initial",
       [] {
         return Schedule{-1, 0.1, 0.5, 10}(0);
       },
       initial + "-1"},
      {"initial",
       [] {
         return Schedule{inf<>, 0.1, 0.5, 10}(0);
       },
       initial + "inf"},
      {"initial",
       [] {
         return Schedule{quiet_nan<>, 0.1, 0.5, 10}(0);
       },
       initial + "nan"},
      {"minimum",
       [] {
         return Schedule{1, 0.1, 0, 10}(0);
       },
       minimum + "0"},
      {"minimum",
       [] {
         return Schedule{1, 0.1, -0.5, 10}(0);
       },
       minimum + "-0.5"},
      {"minimum",
       [] {
         return Schedule{1, 0.1, inf<>, 10}(0);
       },
       minimum + "inf"},
      {"minimum",
       [] {
         return Schedule{1, 0.1, quiet_nan<>, 10}(0);
       },
       minimum + "nan"},
      {"rate",
       [] {
         return Schedule{1, -0.1, 0.5, 10}(0);
       },
       rate + "-0.1"},
      {"rate",
       [] {
         return Schedule{1, inf<>, 0.5, 10}(0);
       },
       rate + "inf"},
      {"rate",
       [] {
         return Schedule{1, quiet_nan<>, 0.5, 10}(0);
       },
       rate + "nan"},
      {"interval",
       [] {
         return Schedule{1, 0.1, 0.5, 0}(0);
       },
       "interval must be at least 1, but was 0"},
      {"interval",
       [] {
         return Schedule{1, 0.1, 0.5, -10}(0);
       },
       "interval must be at least 1, but was -10"},
      {"step",
       [] {
         return Schedule{1, 0.1, 0.5, 10}(-1);
       },
       "step must not be negative, but was -1"},
  });
  CHECK_NOTHROW(Schedule{1, 0, 0.5, 1}(0));
}
