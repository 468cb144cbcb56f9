#include "graft/graph/layers/core/dense.h"

#include "graft/graph/activations.h"
#include "graft/graph/axes.h"

namespace graft {

void DenseConfig::fields(FieldVisitor& field) {
  field("units", units);
  field("activation", activation);
  field("use_bias", use_bias);
  field("kernel_initializer", kernel_initializer);
  field("bias_initializer", bias_initializer);
  field("kernel_regularizer", kernel_regularizer);
  field("bias_regularizer", bias_regularizer);
}

namespace {

class DenseImpl final : public ConfiguredLayer<DenseConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Dense"; }

  void check() const override { check_at_least("units", config.units, 1); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_min_rank(inputs[0], 2, "(N, ..., I)");
    known_dim(inputs[0], -1, "inputs");
    return {activation_shape(config.activation, inputs[0].with(-1, config.units))};
  }

  // Only the last dimension matters, so that the same layer takes rows and images.
  void check_built(std::span<const Shape> inputs) const override {
    if (inputs[0][-1] != kernel_.shape()[0])
      throw ShapeError(cat("the kernel was made for ", kernel_.shape()[0], " inputs; received ", inputs[0]));
  }

  void build(std::span<const Shape> inputs) override {
    const Shape shape{inputs[0][-1], config.units};
    kernel_ = add_weight("kernel", shape, config.kernel_initializer, config.kernel_regularizer);
    if (config.use_bias) bias_ = add_weight("bias", {config.units}, config.bias_initializer, config.bias_regularizer);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Dims src = keras_dims(b, inputs[0]);
    const int64_t rows = ops::elements(src) / src.back();
    const ops::Value flat = src.size() == 2 ? inputs[0] : reshape_keras(b, inputs[0], {rows, src.back()});
    const ops::Value bias = config.use_bias ? b.variable(bias_) : ops::Value{};
    ops::Value y = b.inner_product(flat, b.variable(kernel_), bias);
    if (src.size() != 2) {
      ops::Dims dst = src;
      dst.back() = config.units;
      y = reshape_keras(b, y, dst);
    }
    return {emit_activation(b, config.activation, y)};
  }

 private:
  Variable kernel_, bias_;
};

}  // namespace

Dense::Dense(DenseConfig config, source_location location)
    : Layer(make_layer<DenseImpl>(std::move(config), location)) {}

std::vector<LayerClass> dense_classes() { return {layer_class<DenseImpl>("Dense")}; }

}  // namespace graft
