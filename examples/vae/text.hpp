#pragma once

#include <string>

namespace vae {

/// The shortest decimal that reads back as the number.
std::string exact_text(double number);

/// With so many digits after the point.
std::string fixed_text(double number, int digits);

}  // namespace vae
