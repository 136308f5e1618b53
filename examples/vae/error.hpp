#pragma once

#include <stdexcept>

namespace vae {

/// The command line has to be changed: the program ends with status 2. Any other std::exception ends it with status 1.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace vae
