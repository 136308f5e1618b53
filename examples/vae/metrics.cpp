#include "vae/metrics.hpp"

#include <cmath>

#include "vae/text.hpp"

namespace vae {

std::string to_csv(const std::vector<MetricsRow>& rows) {
  const auto cell = [](double number) { return std::isnan(number) ? std::string() : exact_text(number); };
  std::string csv =
      "step,epoch,train_bound,test_bound,test_importance_bound,validation_bound,learning_rate,posterior_temperature,"
      "prior_temperature\n";
  for (const MetricsRow& row : rows) {
    csv += std::to_string(row.step) + ',' + cell(row.epoch) + ',' + cell(row.train_bound) + ',' + cell(row.test_bound) +
           ',' + cell(row.test_importance_bound) + ',' + cell(row.validation_bound) + ',' + cell(row.learning_rate) +
           ',' + cell(row.posterior_temperature) + ',' + cell(row.prior_temperature) + '\n';
  }
  return csv;
}

}  // namespace vae
