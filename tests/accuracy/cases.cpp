// Writes every case of the grid with the reference values, for bench/peers/accuracy_torch.py:
//
//   case <distribution> <float|double> <ordinary 0|1> <temperature>
//   logits <n numbers>
//   point <n numbers>
//   answer <function>: <value> <magnitude> ...

#include <iostream>
#include <limits>

#include "accuracy/measure.hpp"

namespace {

template <class T>
void write(const char* scalar) {
  testing::measure<T>([&](const testing::Observation<T>& observation) {
    std::cout << "case " << observation.distribution << ' ' << scalar << ' ' << observation.traits.empty() << ' '
              << observation.temperature << "\nlogits " << observation.logits.transpose() << "\npoint "
              << observation.point.transpose() << '\n';
    for (const testing::Answer<T>& answer : observation.answers) {
      std::cout << "answer " << answer.function << ':';
      for (const testing::Quantity& quantity : answer.expected) {
        std::cout << ' ' << static_cast<double>(quantity.value) << ' ' << static_cast<double>(quantity.magnitude);
      }
      std::cout << '\n';
    }
  });
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::cout.precision(std::numeric_limits<double>::max_digits10);
  write<float>("float");
  write<double>("double");
}
