#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of TernaryDense, in the order of keras.layers.TernaryDense.
struct TernaryDenseConfig {
  Required<int64_t> units;               ///< size of the output's last dimension
  std::optional<double> threshold = {};  ///< from where on a weight counts; none: half of the mean of |kernel|
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// A Dense whose weights count as -1, 0 or 1: y = activation(x t + b), and without a threshold x t times the mean of
/// |kernel|. The gradient passes through to the kernel as if t were the kernel.
///
/// Input    (N, ..., I)
/// Output   (N, ..., units)
/// Weights  kernel (I, units), bias (units); of a quantized one five weights to a byte, and kernel_scale
/// Throws   ConfigError if units is below 1 or threshold below 0; ShapeError if the rank is below 2 or the last
///          dimension is unknown
/// Source   keras.layers.TernaryDense
class TernaryDense : public Layer {
 public:
  explicit TernaryDense(TernaryDenseConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> ternary_dense_classes();

}  // namespace graft
