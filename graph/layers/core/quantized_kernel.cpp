#include "graft/graph/layers/core/quantized_kernel.h"

namespace graft {

// Keras keeps the largest values of so many steps, for the scales of float8 in training.
static constexpr int64_t kHistory = 1024;

QuantizedKernel::QuantizedKernel(const DTypePolicy& policy, const QuantizationConfig& config, int64_t rows,
                                 int64_t columns)
    : storage_(kernel_storage(policy)),
      compute_(policy.compute_dtype()),
      inputs_(inputs_quantizer(storage_, config)),
      block_(storage_ == KernelStorage::int4 ? block_size_of(policy, config) : -1),
      rows_(rows),
      columns_(columns),
      shape_({rows, columns}) {}

static Shape scale_shape(int64_t rows, int64_t columns, int64_t block) {
  return block == -1 ? Shape{columns} : Shape{(rows + block - 1) / block, columns};
}

void QuantizedKernel::build(const Initializer& initializer, bool trainable, const AddWeight& add,
                            const std::function<void()>& add_bias) {
  switch (storage_) {
    case KernelStorage::floats:
    case KernelStorage::float8:
      kernel_ = add("kernel", shape_, initializer, trainable);
      add_bias();
      break;
    case KernelStorage::int8:
      kernel_ = add("kernel", shape_, "zeros", false);
      add_bias();
      scale_ = add("kernel_scale", scales_.value_or(Shape{columns_}), "ones", false);
      break;
    case KernelStorage::int4:
      kernel_ = add("kernel", {rows_, (columns_ + 1) / 2}, "zeros", false);
      add_bias();
      scale_ = add("kernel_scale", scale_shape(rows_, columns_, block_), "ones", false);
      if (block_ == -1) break;
      zero_ = add("kernel_zero", scale_shape(rows_, columns_, block_), "zeros", false);
      group_ = add("g_idx", {rows_}, "zeros", false);
      break;
    case KernelStorage::ternary:
      kernel_ = add("kernel", {(rows_ + 4) / 5, columns_}, Constant(121), false);  // five zeros
      add_bias();
      scale_ = add("kernel_scale", Shape{}, "ones", false);
      break;
  }
  if (storage_ != KernelStorage::float8) return;
  inputs_scale_ = add("inputs_scale", Shape{}, "ones", false);
  add("inputs_amax_history", {kHistory}, "zeros", false);
  scale_ = add("kernel_scale", Shape{}, "ones", false);
  add("kernel_amax_history", {kHistory}, "zeros", false);
  add("outputs_grad_scale", Shape{}, "ones", false);
  add("outputs_grad_amax_history", {kHistory}, "zeros", false);
}

ops::Value QuantizedKernel::emit_int4(ops::Builder& b) const {
  const ops::Value whole = unpacked_int4(b, b.variable(kernel_), columns_);
  if (block_ == -1) return b.div(whole, b.reshape(b.variable(scale_), {1, columns_}));
  const auto of_row = [&](const Variable& variable) { return b.take(b.variable(variable), b.variable(group_), 0); };
  return b.mul(b.sub(whole, of_row(zero_)), of_row(scale_));
}

ops::Value QuantizedKernel::emit(ops::Builder& b) const {
  switch (storage_) {
    case KernelStorage::floats:
      return b.variable(kernel_);
    case KernelStorage::float8:
      return through_float8(b, b.variable(kernel_), b.variable(scale_));
    case KernelStorage::ternary:
      return b.reshape(b.mul(unpacked_ternary(b, b.variable(kernel_), rows_), b.variable(scale_)), shape_.dims());
    case KernelStorage::int4:
      return b.reshape(emit_int4(b), shape_.dims());
    case KernelStorage::int8:
      break;
  }
  return scales_ ? b.variable(kernel_) : b.div(b.variable(kernel_), b.reshape(b.variable(scale_), {1, columns_}));
}

ops::Value QuantizedKernel::emit_inputs(ops::Builder& b, ops::Value x, const std::vector<int64_t>& axes) const {
  if (storage_ == KernelStorage::float8) return through_float8(b, x, b.variable(inputs_scale_));
  return quantized_inputs(b, x, inputs_, axes);
}

ops::Value QuantizedKernel::emit_bias(ops::Builder& b, ops::Value bias) const {
  const bool rounds = storage_ == KernelStorage::float8 && compute_ == DType::f32;
  return rounds ? b.round_float(bias, ops::kBfloat16) : bias;
}

ops::Value QuantizedKernel::emit_outputs(ops::Builder& b, ops::Value keras_order) const {
  return storage_ == KernelStorage::int8 && scales_ ? b.div(keras_order, b.variable(scale_)) : keras_order;
}

}  // namespace graft
