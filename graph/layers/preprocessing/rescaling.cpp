#include "graft/graph/layers/preprocessing/rescaling.h"

namespace graft {

void RescalingConfig::fields(FieldVisitor& field) {
  field("scale", scale);
  field("offset", offset);
}

namespace {

class RescalingImpl final : public ConfiguredLayer<RescalingConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Rescaling"; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {b.scale(inputs[0], static_cast<float>(config.scale), static_cast<float>(config.offset))};
  }
};

}  // namespace

Rescaling::Rescaling(RescalingConfig config, source_location location)
    : Layer(make_layer<RescalingImpl>(std::move(config), location)) {}

std::vector<LayerClass> rescaling_classes() { return {layer_class<RescalingImpl>("Rescaling")}; }

}  // namespace graft
