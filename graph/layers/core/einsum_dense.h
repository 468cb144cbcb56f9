#pragma once

#include "graft/graph/layers/core/quantization.h"

namespace graft {

/// Settings of EinsumDense, in the order of keras.layers.EinsumDense.
struct EinsumDenseConfig {
  Required<std::string> equation;  ///< "abc,cd->abd": inputs, kernel, outputs; "..." for dimensions without a letter
  Shape output_shape;              ///< without the batch and the dimensions of "..."; None is the input's
  ActivationFunction activation = "linear";
  std::string bias_axes = {};  ///< the letters of the outputs that have a bias of their own; empty: no bias
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

/// Sums of products of inputs and kernel over the letters that the outputs do not have: y = activation(x . w + b).
///
/// Input    as the equation says, the batch first
/// Output   as the equation says
/// Weights  kernel (a dimension for each of its letters), bias (those of bias_axes, 1 elsewhere, from the first of them
///          on); lora_kernel_a, lora_kernel_b; of a quantized one as Dense
/// Throws   ConfigError for an equation of another form; ShapeError for an input that does not fit or whose dimensions
///          the kernel needs are unknown
/// Source   keras.layers.EinsumDense
class EinsumDense : public Layer {
 public:
  explicit EinsumDense(EinsumDenseConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> einsum_dense_classes();

}  // namespace graft
