#pragma once

#include <cereal/archives/portable_binary.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <locale>
#include <sstream>

#include "vae/types.hpp"

/// What cereal has to know of other people's types.
namespace cereal {

template <class Archive, class Scalar>
void save(Archive& archive, const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>& vector) {
  archive(make_size_tag(static_cast<size_type>(vector.size())));
  archive(binary_data(vector.data(), static_cast<std::size_t>(vector.size()) * sizeof(Scalar)));
}

template <class Archive, class Scalar>
void load(Archive& archive, Eigen::Matrix<Scalar, Eigen::Dynamic, 1>& vector) {
  size_type size = 0;
  archive(make_size_tag(size));
  vector.resize(static_cast<Eigen::Index>(size));
  archive(binary_data(vector.data(), static_cast<std::size_t>(size) * sizeof(Scalar)));
}

/// An engine's state as the standard writes it: decimal numbers.
template <class Archive>
void save(Archive& archive, const vae::Engine& engine) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << engine;
  archive(text.str());
}

template <class Archive>
void load(Archive& archive, vae::Engine& engine) {
  std::string state;
  archive(state);
  std::istringstream text(state);
  text.imbue(std::locale::classic());
  if (!(text >> engine)) throw Exception("not the state of a random number engine");
}

}  // namespace cereal
