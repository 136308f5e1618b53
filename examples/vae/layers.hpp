#pragma once

#include <cmath>
#include <concrete/noise/uniform.hpp>
#include <vector>

#include "vae/parallel.hpp"
#include "vae/types.hpp"

namespace vae {

/// The place of one matrix in the flat vector that holds all parameters of a model (or their gradient, or Adam's
/// moments: whatever has one number per parameter).
struct Block {
  Index offset, rows, cols;

  template <class Scalar>
  Eigen::Map<Matrix<Scalar>> in(Vector<Scalar>& all) const {
    return {all.data() + offset, rows, cols};
  }
  template <class Scalar>
  Eigen::Map<const Matrix<Scalar>> in(const Vector<Scalar>& all) const {
    return {all.data() + offset, rows, cols};
  }
};

/// Hands out the places, one after the other.
class Layout {
 public:
  Block add(Index rows, Index cols) {
    const Block block{size_, rows, cols};
    size_ += rows * cols;
    return block;
  }
  Index size() const { return size_; }

 private:
  Index size_ = 0;
};

/// Affine layers, with a tanh after each but the last. A column is one example.
///
/// Two sizes make the paper's linear layer "–", four its two tanh layers and a linear one "∼".
template <class Scalar>
class Stack {
 public:
  /// \param sizes  of the input, of the layers between, and of the output: at least two.
  Stack(Layout& layout, const std::vector<Index>& sizes) {
    for (std::size_t k = 1; k < sizes.size(); ++k) {
      layers_.push_back({layout.add(sizes[k], sizes[k - 1]), layout.add(sizes[k], 1), {}});
    }
  }

  /// Weights uniform on ±sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010), biases 0.
  void initialise(Vector<Scalar>& parameters, Engine& engine) const {
    for (const Layer& layer : layers_) {
      auto weight = layer.weight.in(parameters);
      const Scalar limit = std::sqrt(Scalar(6) / static_cast<Scalar>(weight.rows() + weight.cols()));
      concrete::fill_uniform(engine, weight);
      weight.array() = limit * (2 * weight.array() - 1);
      layer.bias.in(parameters).setZero();
    }
  }

  const Block& output_bias() const { return layers_.back().bias; }

  /// The result stays valid, and may be written to, until the next call.
  Matrix<Scalar>& forward(const Vector<Scalar>& parameters, const Matrix<Scalar>& input) {
    const Matrix<Scalar>* x = &input;
    for (Layer& layer : layers_) {
      const auto weight = layer.weight.in(parameters);
      const auto bias = layer.bias.in(parameters).col(0);
      const bool hidden = &layer != &layers_.back();
      layer.output.resize(weight.rows(), x->cols());
      in_parallel(weight.rows(), 2 * weight.size() * x->cols(), [&](Index begin, Index size) {
        auto output = layer.output.middleRows(begin, size);
        output.noalias() = weight.middleRows(begin, size) * *x;
        output.colwise() += bias.segment(begin, size);
        if (hidden) output = output.array().tanh();
      });
      x = &layer.output;
    }
    return layers_.back().output;
  }

  /// Forgets all columns of the latest forward() but these, whose numbers ascend: backward() then only goes through
  /// them.
  void keep_columns(const std::vector<Index>& columns) {
    for (Layer& layer : layers_) {
      for (std::size_t k = 0; k < columns.size(); ++k) {
        const auto to = static_cast<Index>(k);
        if (columns[k] != to) layer.output.col(to) = layer.output.col(columns[k]);
      }
      layer.output.conservativeResize(Eigen::NoChange, static_cast<Index>(columns.size()));
    }
  }

  /// Carries a gradient back through the latest forward().
  ///
  /// \param upstream        dL/doutput; spent on the way.
  /// \param gradient        its blocks of this stack are set to dL/dparameters.
  /// \param input_gradient  set to dL/dinput, unless null: the first layer of an encoder has no use for it.
  void backward(const Vector<Scalar>& parameters, const Matrix<Scalar>& input, Matrix<Scalar>& upstream,
                Vector<Scalar>& gradient, Matrix<Scalar>* input_gradient) {
    for (std::size_t k = layers_.size(); k-- > 0;) {
      const Layer& layer = layers_[k];
      const Matrix<Scalar>& x = k == 0 ? input : layers_[k - 1].output;
      Matrix<Scalar>* below = k == 0 ? input_gradient : &scratch_;
      const auto weight = layer.weight.in(parameters);
      auto weight_gradient = layer.weight.in(gradient);
      if (below != nullptr) below->resize(x.rows(), x.cols());
      in_parallel(x.rows(), 2 * weight.size() * x.cols(), [&](Index begin, Index size) {
        weight_gradient.middleCols(begin, size).noalias() = upstream * x.middleRows(begin, size).transpose();
        if (below == nullptr) return;
        below->middleRows(begin, size).noalias() = weight.middleCols(begin, size).transpose() * upstream;
      });
      layer.bias.in(gradient).noalias() = upstream * Vector<Scalar>::Ones(upstream.cols());
      if (k == 0) return;
      below->array() *= 1 - x.array().square();  // tanh' = 1 - tanh^2
      upstream.swap(*below);
    }
  }

 private:
  struct Layer {
    Block weight, bias;
    Matrix<Scalar> output;
  };

  std::vector<Layer> layers_;
  Matrix<Scalar> scratch_;
};

}  // namespace vae
