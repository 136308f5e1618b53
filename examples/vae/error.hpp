#pragma once

#include <stdexcept>
#include <string>

namespace vae {

/// The command line has to be changed: the program ends with status 2. Any other std::exception ends it with status 1.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The model has left the finite numbers. All processes find that out together.
class Diverged : public std::runtime_error {
 public:
  explicit Diverged(const std::string& what) : std::runtime_error(what + ": a lower --learning-rate may help") {}
};

}  // namespace vae
