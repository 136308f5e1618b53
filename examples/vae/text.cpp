#include "vae/text.hpp"

#include <array>
#include <charconv>

namespace vae {

std::string exact_text(double number) {
  std::array<char, 64> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr};
}

std::string fixed_text(double number, int digits) {
  std::array<char, 400> text{};  // the largest double has 309 digits before the point
  return {text.data(),
          std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed, digits).ptr};
}

}  // namespace vae
