#include <cstddef>
#include <cstdint>

#include "properties.hpp"

// The first byte chooses the class and the scalar, the others are its numbers. libFuzzer looks for inputs that
// violate a property or a sanitizer; replay.cpp runs those that it kept.

namespace {

void check_annealing(fuzz::ByteReader& in) {
  concrete::ExponentialAnnealing schedule;
  schedule.initial = in.number<double>();
  schedule.rate = in.number<double>();
  schedule.minimum = in.number<double>();
  schedule.interval = in.raw<std::int64_t>();
  const auto step = in.raw<std::int64_t>();
  try {
    fuzz::require(schedule(step) >= schedule.minimum, "a temperature is not below its minimum");
    fuzz::require(concrete::recommended_temperatures(in.raw<int>()).prior > 0, "a recommended temperature is positive");
  } catch (const std::invalid_argument&) {
  }
}

template <class Scalar>
void check_class(int number, fuzz::ByteReader& in) {
  using Matrix = Eigen::MatrixX<Scalar>;
  switch (number) {
    case 0:
      return fuzz::check_everything<concrete::ExpConcrete<Matrix>>(in);
    case 1:
      return fuzz::check_everything<concrete::Concrete<Matrix>>(in);
    case 2:
      return fuzz::check_everything<concrete::LogitBinaryConcrete<Matrix>>(in);
    case 3:
      return fuzz::check_everything<concrete::BinaryConcrete<Matrix>>(in);
    default:
      return check_annealing(in);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::ByteReader in({data, size});
  const int choice = in.raw<std::uint8_t>() % 10;
  if (choice % 2 == 0) {
    check_class<float>(choice / 2, in);
  } else {
    check_class<double>(choice / 2, in);
  }
  return 0;
}
