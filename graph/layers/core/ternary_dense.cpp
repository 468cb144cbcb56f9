#include "graft/graph/layers/core/ternary_dense.h"

#include "graft/graph/axes.h"
#include "graft/graph/layers/base/activations.h"
#include "graft/graph/layers/core/quantized_kernel.h"

namespace graft {

void TernaryDenseConfig::fields(FieldVisitor& field) {
  field("units", units);
  field("threshold", threshold);
  field("activation", activation);
  field("use_bias", use_bias);
  field("kernel_initializer", kernel_initializer);
  field("bias_initializer", bias_initializer);
  field("kernel_regularizer", kernel_regularizer);
  field("bias_regularizer", bias_regularizer);
  field("activity_regularizer", activity_regularizer);
  field("kernel_constraint", kernel_constraint);
  field("bias_constraint", bias_constraint);
}

namespace {

class TernaryDenseImpl final : public ConfiguredLayer<TernaryDenseConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "TernaryDense"; }
  bool passes_masks() const override { return true; }

  void check() const override {
    check_at_least("units", config.units, 1);
    if (!(config.threshold.value_or(0) >= 0))
      refuse_setting(cat("threshold must be at least 0; received ", *config.threshold));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    const KernelStorage storage = kernel_storage(dtype_policy);
    if (storage != KernelStorage::floats && storage != KernelStorage::ternary)
      throw ConfigError(cat("dtype: the quantization must be ternary; received \"", dtype_policy.name(), '"'));
    check_min_rank(inputs[0], 2, "(N, ..., I)");
    known_dim(inputs[0], -1, "inputs");
    return {activation_shape(config.activation, inputs[0].with(-1, config.units))};
  }

  void build(std::span<const Shape> inputs) override {
    const auto add = [this](const char* weight, const Shape& shape, const Initializer& initializer, bool moves) {
      const bool kernel = std::string_view(weight) == "kernel";
      const Variable made = add_weight(weight, shape, initializer, kernel ? config.kernel_regularizer : Regularizer{},
                                       moves, kernel ? config.kernel_constraint : Constraint{});
      if (kernel) floats_ = made;
      return made;
    };
    kernel_ = QuantizedKernel(dtype_policy, {}, inputs[0][-1], config.units);
    kernel_.build(config.kernel_initializer, true, add, [this] {
      if (config.use_bias)
        bias_ = add_weight("bias", {config.units}, config.bias_initializer, config.bias_regularizer, true,
                           config.bias_constraint);
    });
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Dims src = keras_dims(b, inputs[0]);
    const ops::Value flat = reshape_keras(b, inputs[0], {ops::elements(src) / src.back(), src.back()});
    ops::Value y =
        kernel_storage(dtype_policy) == KernelStorage::floats ? product(b, flat) : b.matmul(flat, kernel_.emit(b));
    if (config.use_bias) y = b.add(y, b.reshape(b.variable(bias_), {1, config.units}));
    ops::Dims dst = src;
    dst.back() = config.units;
    return {emit_activation(b, config.activation, reshape_keras(b, y, dst))};
  }

 private:
  ops::Value product(ops::Builder& b, ops::Value rows) const {
    const ops::Value kernel = b.variable(floats_), size = b.eltwise(kernel, ops::Eltwise::abs);
    const ops::Value mean = b.reduce(ops::Reduction::mean, size, {0, 1});
    const ops::Value threshold =
        config.threshold ? b.scalar(static_cast<float>(*config.threshold)) : b.scale(mean, 0.5f);
    const ops::Value above = b.binary(ops::Binary::gt, size, threshold);
    const ops::Value sign = b.mul(b.eltwise(kernel, ops::Eltwise::sign), above);
    const ops::Value ternary = b.add(kernel, b.stop_gradient(b.sub(sign, kernel)));
    const ops::Value y = b.matmul(rows, ternary);
    return config.threshold ? y : b.mul(y, mean);
  }

  QuantizedKernel kernel_;
  Variable floats_, bias_;
};

}  // namespace

TernaryDense::TernaryDense(TernaryDenseConfig config, source_location location)
    : Layer(make_layer<TernaryDenseImpl>(std::move(config), location)) {}

std::vector<LayerClass> ternary_dense_classes() { return {layer_class<TernaryDenseImpl>("TernaryDense")}; }

}  // namespace graft
