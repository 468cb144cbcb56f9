#include "graft/graph/layers/core/activation.h"

#include "graft/graph/layers/base/activations.h"

namespace graft {

void ActivationConfig::fields(FieldVisitor& field) {
  field.require("activation");
  field("activation", activation);
}

namespace {

class ActivationImpl final : public ConfiguredLayer<ActivationConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Activation"; }
  bool passes_masks() const override { return true; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {activation_shape(config.activation, inputs[0])};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {emit_activation(b, config.activation, inputs[0])};
  }
};

}  // namespace

Activation::Activation(ActivationFunction activation, source_location location)
    : Activation(ActivationConfig{.activation = activation}, location) {}

Activation::Activation(ActivationConfig config, source_location location)
    : Layer(make_layer<ActivationImpl>(std::move(config), location)) {}

std::vector<LayerClass> activation_classes() { return {layer_class<ActivationImpl>("Activation")}; }

}  // namespace graft
