#pragma once

#include "graft/graph/layers/core/quantization.h"

namespace graft {

/// Settings of Dense, in the order of keras.layers.Dense.
struct DenseConfig {
  Required<int64_t> units;  ///< size of the output's last dimension
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::optional<int64_t> lora_rank = {};  ///< a low-rank update is trained in the kernel's place
  std::optional<double> lora_alpha = {};  ///< the update is times lora_alpha / lora_rank; by default 1
  QuantizationConfig quantization_config = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Computes every output from all inputs of the last dimension: y = activation(x w + b).
///
/// With lora_rank, w is kernel + lora_alpha / lora_rank a b. Where the dtype policy is quantized (int8, int4, float8,
/// ternary, as Keras 3 saves them), w is what the stored numbers stand for, and inputs are rounded as Keras does.
///
/// Input    (N, ..., I)
/// Output   (N, ..., units)
/// Weights  kernel (I, units), bias (units); lora_kernel_a (I, rank), lora_kernel_b (rank, units); of a quantized one
///          what Keras stores: the kernel in bytes, its scales and zero points
/// Throws   ConfigError if units or lora_rank is below 1; ShapeError if the rank is below 2 or the last dimension is
///          unknown
/// Source   keras.layers.Dense
class Dense : public Layer {
 public:
  explicit Dense(DenseConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> dense_classes();

}  // namespace graft
