#include "graft/graph/layers/merging/concatenate.h"

#include "graft/graph/axes.h"

namespace graft {

void ConcatenateConfig::fields(FieldVisitor& field) { field("axis", axis); }

namespace {

class ConcatenateImpl final : public ConfiguredLayer<ConcatenateConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Concatenate"; }
  size_t input_count() const override { return 0; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    if (inputs.size() < 2)
      throw ShapeError(cat("joins two tensors or more; received ", inputs.size()))
          .hint("replay(model, x) records a model that branches again; its layers one after the other do not.");
    const int64_t axis = normalized_axis(config.axis, inputs[0].rank());
    Shape output = inputs[0];
    for (size_t i = 1; i < inputs.size(); ++i) output = joined(output, inputs[i], axis, inputs[0]);
    return {output};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {b.concat(inputs, logical_axis(config.axis, static_cast<int64_t>(b.dims(inputs[0]).size())))};
  }

 private:
  static Shape joined(const Shape& sum, const Shape& next, int64_t axis, const Shape& first) {
    if (!sum.accepts(next.rank() == sum.rank() ? next.with(axis, sum[axis]) : next))
      throw ShapeError(
          cat("all dimensions but axis ", axis, " must be equal to those of ", first, "; received ", next));
    Shape output = sum;
    for (int64_t i = 0; i < sum.rank(); ++i)
      if (output[i] == Shape::none && i != axis) output = output.with(i, next[i]);
    const bool known = sum[axis] != Shape::none && next[axis] != Shape::none;
    return output.with(axis, known ? sum[axis] + next[axis] : Shape::none);
  }
};

}  // namespace

Concatenate::Concatenate(ConcatenateConfig config, source_location location)
    : Layer(make_layer<ConcatenateImpl>(std::move(config), location)) {}

std::vector<LayerClass> concatenate_classes() { return {layer_class<ConcatenateImpl>("Concatenate")}; }

}  // namespace graft
