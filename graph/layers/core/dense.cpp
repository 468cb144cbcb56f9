#include "graft/graph/layers/core/dense.h"

#include "graft/graph/axes.h"
#include "graft/graph/layers/base/activations.h"
#include "graft/graph/layers/core/quantized_kernel.h"

namespace graft {

void DenseConfig::fields(FieldVisitor& field) {
  field("units", units);
  field("activation", activation);
  field("use_bias", use_bias);
  field("kernel_initializer", kernel_initializer);
  field("bias_initializer", bias_initializer);
  field("kernel_regularizer", kernel_regularizer);
  field("bias_regularizer", bias_regularizer);
  field("activity_regularizer", activity_regularizer);
  field("kernel_constraint", kernel_constraint);
  field("bias_constraint", bias_constraint);
  field("lora_rank", lora_rank);
  field("lora_alpha", lora_alpha);
  quantization_config.field_of(field);
}

namespace {

class DenseImpl final : public ConfiguredLayer<DenseConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Dense"; }
  bool passes_masks() const override { return true; }
  size_t saved_weights() const override { return config.lora_rank ? weights.size() - 2 : weights.size(); }

  void check() const override {
    check_at_least("units", config.units, 1);
    if (config.lora_rank) check_at_least("lora_rank", *config.lora_rank, 1);
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    kernel_storage(dtype_policy);
    check_min_rank(inputs[0], 2, "(N, ..., I)");
    known_dim(inputs[0], -1, "inputs");
    return {activation_shape(config.activation, inputs[0].with(-1, config.units))};
  }

  // Only the last dimension matters, so that the same layer takes rows and images.
  void check_built(std::span<const Shape> inputs) const override {
    if (inputs[0][-1] != kernel_.rows())
      throw ShapeError(cat("the kernel was made for ", kernel_.rows(), " inputs; received ", inputs[0]));
  }

  void build(std::span<const Shape> inputs) override {
    const int64_t rows = inputs[0][-1], columns = config.units;
    const auto add_floats = [this](const char* weight, const Shape& shape, const Initializer& initializer, bool moves) {
      const bool kernel = std::string_view(weight) == "kernel";
      return add_weight(weight, shape, initializer, kernel ? config.kernel_regularizer : Regularizer{}, moves,
                        kernel ? config.kernel_constraint : Constraint{});
    };
    const auto add_bias = [this] {
      if (!config.use_bias) return;
      bias_ = add_weight("bias", {config.units}, config.bias_initializer, config.bias_regularizer, true,
                         config.bias_constraint);
    };
    kernel_ = QuantizedKernel(dtype_policy, config.quantization_config, rows, columns);
    kernel_.build(config.kernel_initializer, !config.lora_rank, add_floats, add_bias);
    if (config.lora_rank) {
      lora_a_ = add_weight("lora_kernel_a", {rows, *config.lora_rank}, "he_uniform", config.kernel_regularizer);
      lora_b_ = add_weight("lora_kernel_b", {*config.lora_rank, columns}, "zeros", config.kernel_regularizer);
    }
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Dims src = keras_dims(b, inputs[0]);
    const int64_t rows = ops::elements(src) / src.back();
    const ops::Value flat = src.size() == 2 ? inputs[0] : reshape_keras(b, inputs[0], {rows, src.back()});
    ops::Value y = b.inner_product(kernel_.emit_inputs(b, flat, {-1}), kernel_.emit(b), emit_bias(b));
    if (config.lora_rank)  // of the inputs as they are, also where the product rounds them
      y = b.add(y, b.matmul(flat, low_rank(b, lora_a_, lora_b_, *config.lora_rank, config.lora_alpha)));
    if (src.size() != 2) {
      ops::Dims dst = src;
      dst.back() = config.units;
      y = reshape_keras(b, y, dst);
    }
    return {emit_activation(b, config.activation, y)};
  }

 private:
  ops::Value emit_bias(ops::Builder& b) const {
    return config.use_bias ? kernel_.emit_bias(b, b.variable(bias_)) : ops::Value{};
  }

  QuantizedKernel kernel_;
  Variable bias_, lora_a_, lora_b_;
};

}  // namespace

Dense::Dense(DenseConfig config, source_location location)
    : Layer(make_layer<DenseImpl>(std::move(config), location)) {}

std::vector<LayerClass> dense_classes() { return {layer_class<DenseImpl>("Dense")}; }

}  // namespace graft
