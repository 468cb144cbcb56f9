#include "graft/graph/layers/augmentation/pipeline.h"

#include "graft/graph/layers/augmentation/augmentation_layer.h"

namespace graft {

void MaxNumBoundingBoxesConfig::fields(FieldVisitor& field) {
  field("max_number", max_number);
  field("fill_value", fill_value);
  field("data_format", data_format);
  field("bounding_box_format", bounding_box_format);
}

void PipelineConfig::fields(FieldVisitor& field) { field("layers", layers); }

namespace {

class MaxNumBoundingBoxesImpl final : public SpatialLayer<MaxNumBoundingBoxesConfig, 2> {
 public:
  using SpatialLayer::SpatialLayer;
  std::string class_name() const override { return "MaxNumBoundingBoxes"; }
  SpatialShape infer_spatial(const SpatialShape& input) const override { return input; }
  ops::Value emit_spatial(ops::Builder&, ops::Value images, const CallArguments&) const override { return images; }
};

class PipelineImpl final : public ConfiguredLayer<PipelineConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Pipeline"; }
  bool has_common_settings() const override { return false; }
  std::vector<std::string> mask_arguments() const override { return {"mask"}; }

  std::vector<InnerLayer> inner_layers() const override {
    std::vector<InnerLayer> inner;
    for (const Layer& layer : config.layers) inner.push_back({"layers", layer, true});
    return inner;
  }

  void check() const override {
    for (const Layer& layer : config.layers)
      if (!layer) throw ConfigError("layers has an empty layer");
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    Shape shape = inputs[0];
    for (const Layer& layer : config.layers) shape = result_of(layer, shape);
    return {shape};
  }

  std::vector<DType> infer_dtypes(std::span<const DType> inputs, size_t) const override {
    DType type = inputs[0];
    for (const Layer& layer : config.layers) type = layer.impl().infer_dtypes(std::span(&type, 1), 1)[0];
    return {type};
  }

  void build(std::span<const Shape> inputs) override {
    Shape shape = inputs[0];
    for (const Layer& layer : config.layers) {
      build_inner(layer, {shape});
      shape = result_of(layer, shape);
    }
  }

  void check_built(std::span<const Shape> inputs) const override {
    Shape shape = inputs[0];
    for (const Layer& layer : config.layers) {
      layer.impl().check_built(std::span(&shape, 1));
      shape = result_of(layer, shape);
    }
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    const ops::Value* mask = argument_of(inputs, arguments, "mask");
    return {chained(b, inputs[0], mask ? *mask : ops::Value{}).value};
  }

  MaskedValues emit_masked(ops::Builder& b, const ops::Values& inputs, const ops::Values& masks,
                           const CallArguments&) const override {
    return {chained(b, inputs[0], masks.empty() ? ops::Value{} : masks[0])};
  }

 private:
  static Shape result_of(const Layer& layer, const Shape& input) {
    const std::vector<Shape> outputs = layer.impl().infer_call(std::span(&input, 1), {});
    if (outputs.size() != 1)
      throw ShapeError(cat("each layer must give one output; ", layer.who(), " gives ", outputs.size()));
    return outputs[0];
  }

  MaskedValue chained(ops::Builder& b, ops::Value value, ops::Value mask) const {
    MaskedValue current{value, mask};
    for (const Layer& layer : config.layers) {
      ops::Values inputs{current.value};
      CallArguments own{.training = b.training()};
      if (current.mask && layer.impl().mask_arguments() == std::vector<std::string>{"mask"}) {
        inputs.push_back(current.mask);
        own.tensors.push_back({"mask"});
      }
      current = layer.impl().emit_masked(b, inputs, {current.mask}, own)[0];
      layer.impl().emit_penalties(b, {current.value});
    }
    return current;
  }
};

}  // namespace

Pipeline::Pipeline(PipelineConfig config, source_location location)
    : Layer(make_layer<PipelineImpl>(std::move(config), location)) {}
MaxNumBoundingBoxes::MaxNumBoundingBoxes(MaxNumBoundingBoxesConfig config, source_location location)
    : Layer(make_layer<MaxNumBoundingBoxesImpl>(std::move(config), location)) {}

std::vector<LayerClass> pipeline_classes() {
  return {layer_class<MaxNumBoundingBoxesImpl>("MaxNumBoundingBoxes"), layer_class<PipelineImpl>("Pipeline")};
}

}  // namespace graft
