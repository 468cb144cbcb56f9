#pragma once

#include <functional>

#include "graft/graph/layers/core/quantization.h"

namespace graft {

/// The kernel of a layer that multiplies, (rows, columns), as the dtype policy stores it: as floats, or in the weights
/// that Keras 3 has in their place, in the order of its files.
class QuantizedKernel {
 public:
  /// Adds a weight to the layer: name, shape, initializer, whether training changes it.
  using AddWeight = std::function<Variable(const char*, const Shape&, const Initializer&, bool)>;

  QuantizedKernel() = default;
  QuantizedKernel(const DTypePolicy& policy, const QuantizationConfig& config, int64_t rows, int64_t columns);
  /// The kernel in another shape than (rows, columns), and the shape of the scales of int8, which divide the outputs.
  void reshape(const Shape& shape, const Shape& scales) { shape_ = shape, scales_ = scales; }

  /// Makes the weights; `add_bias` makes those of the layer that come after the kernel.
  void build(const Initializer& initializer, bool trainable, const AddWeight& add,
             const std::function<void()>& add_bias);

  int64_t rows() const { return rows_; }
  /// The kernel as floats, in the shape of the layer; of int8 with scales for the outputs not yet divided by them.
  ops::Value emit(ops::Builder& builder) const;
  /// The inputs as the product takes them, with a scale for each stretch along the axes.
  ops::Value emit_inputs(ops::Builder& builder, ops::Value x, const std::vector<int64_t>& axes) const;
  /// The bias as it is added: of float8 it is rounded to bfloat16.
  ops::Value emit_bias(ops::Builder& builder, ops::Value bias) const;
  /// The outputs divided by the scales that `reshape` gave.
  ops::Value emit_outputs(ops::Builder& builder, ops::Value keras_order) const;

 private:
  ops::Value emit_int4(ops::Builder& builder) const;

  KernelStorage storage_ = KernelStorage::floats;
  DType compute_ = DType::f32;
  Quantizer inputs_;
  int64_t block_ = -1, rows_ = 0, columns_ = 0;
  Shape shape_;
  std::optional<Shape> scales_;
  Variable kernel_, scale_, zero_, group_, inputs_scale_;
};

}  // namespace graft
