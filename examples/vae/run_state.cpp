#include "vae/run_state.hpp"

#include <stdexcept>

#include "vae/random.hpp"

namespace vae {

DataIdentity identify(const DataSet& data) {
  return {data.train.height,       data.train.width,     data.train.count(),  data.test.count(),
          data.validation.count(), checksum(data.train), checksum(data.test), checksum(data.validation)};
}

void check_identity(const DataIdentity& run, const DataSet& data, const std::string& folder) {
  const DataIdentity here = identify(data);
  const auto fail = [&](const std::string& what, const std::string& found, const std::string& expected) {
    throw std::runtime_error(folder + ": " + what + " " + found + ", but the checkpoint's run had " + expected);
  };
  const auto size = [](const DataIdentity& d) { return std::to_string(d.height) + " x " + std::to_string(d.width); };
  if (size(here) != size(run)) fail("the images are", size(here), size(run));
  const auto compare = [&](const char* name, auto count, auto checksum) {
    if (here.*count != run.*count) {
      fail("the number of " + std::string(name) + " images is", std::to_string(here.*count),
           std::to_string(run.*count));
    }
    if (here.*checksum != run.*checksum) {
      fail("the " + std::string(name) + " images have checksum", std::to_string(here.*checksum),
           std::to_string(run.*checksum));
    }
  };
  compare("training", &DataIdentity::train_count, &DataIdentity::train_checksum);
  compare("test", &DataIdentity::test_count, &DataIdentity::test_checksum);
  compare("validation", &DataIdentity::validation_count, &DataIdentity::validation_checksum);
}

Noise make_noise(std::uint64_t seed, int process) {
  if (process == 0) return {make_engine(seed, Stream::binarising), make_engine(seed, Stream::latent_noise)};
  const auto number = static_cast<std::uint64_t>(process);
  return {make_engine(seed, Stream::binarising, number), make_engine(seed, Stream::latent_noise, number)};
}

}  // namespace vae
