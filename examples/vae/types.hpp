#pragma once

#include <Eigen/Core>
#include <random>

namespace vae {

using Eigen::Index;

template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
template <class Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
template <class Scalar>
using Row = Eigen::Matrix<Scalar, 1, Eigen::Dynamic>;

/// The standard fixes its every bit and how it is written as text, so that a checkpoint can hold one.
using Engine = std::mt19937_64;

}  // namespace vae
