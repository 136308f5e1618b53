#pragma once

#include <stdexcept>
#include <string>

namespace testing {

/// The message of the std::invalid_argument that `call` ends in.
template <class Call>
std::string failure(const Call& call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

}  // namespace testing
