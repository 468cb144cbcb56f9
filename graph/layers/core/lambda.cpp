#include "graft/graph/layers/core/lambda.h"

#include "graft/graph/layers/base/activations.h"

namespace graft {

// Keras keeps the word in `function` and its settings in `arguments`.
void LambdaConfig::fields(FieldVisitor& field) {
  field.require("function");
  std::string word = function.str();
  field.function("function", word);
  Literals settings = function.settings();
  field("arguments", settings);
  if (field.reading()) function = ActivationFunction(ActivationName::parse(word), settings);
}

namespace {

class LambdaImpl final : public ConfiguredLayer<LambdaConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Lambda"; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {activation_shape(config.function, inputs[0])};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {emit_activation(b, config.function, inputs[0])};
  }
};

}  // namespace

Lambda::Lambda(LambdaConfig config, source_location location)
    : Layer(make_layer<LambdaImpl>(std::move(config), location)) {}

std::vector<LayerClass> lambda_classes() { return {layer_class<LambdaImpl>("Lambda")}; }

}  // namespace graft
