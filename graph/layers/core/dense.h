#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Dense, in the order of keras.layers.Dense.
struct DenseConfig {
  Required<int64_t> units;  ///< size of the output's last dimension
  ActivationName activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Computes every output from all inputs of the last dimension: y = activation(x w + b).
///
/// Input    (N, ..., I)
/// Output   (N, ..., units)
/// Weights  kernel (I, units), bias (units)
/// Throws   ConfigError if units is below 1; ShapeError if the rank is below 2 or the last dimension is unknown
/// Source   keras.layers.Dense
class Dense : public Layer {
 public:
  explicit Dense(DenseConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> dense_classes();

}  // namespace graft
