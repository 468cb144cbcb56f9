#include "graft/graph/layers/merging/concatenate.h"

#include <algorithm>

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

  // Masks are joined as the inputs are, with 1 for an input without one; a step counts where any of its elements does.
  ops::Values emit_masks(ops::Builder& b, const ops::Values& inputs, const ops::Values& masks,
                         const CallArguments&) const override {
    if (std::none_of(masks.begin(), masks.end(), [](ops::Value mask) { return static_cast<bool>(mask); }))
      return {ops::Value{}};
    ops::Values wide;
    for (size_t i = 0; i < masks.size(); ++i) wide.push_back(over(b, masks[i], inputs[i]));
    const auto rank = static_cast<int64_t>(b.dims(inputs[0]).size());
    const ops::Value joined = b.concat(wide, logical_axis(config.axis, rank));
    ops::Dims dims = keras_dims(b, joined);
    dims.pop_back();
    return {reshape_keras(b, b.reduce(ops::Reduction::max, joined, {logical_axis(-1, rank)}), dims)};
  }

 private:
  // A mask (N, ...) as 1 or 0 for each element of the input; without one, all count.
  static ops::Value over(ops::Builder& b, ops::Value mask, ops::Value x) {
    if (!mask) return b.broadcast_to(b.reshape(b.scalar(1), ops::Dims(b.dims(x).size(), 1)), b.dims(x));
    ops::Dims dims = keras_dims(b, mask);
    if (dims.size() < b.dims(x).size()) dims.push_back(1);
    const ops::Value wide = reshape_keras(b, b.binary(ops::Binary::ne, mask, b.scalar(0)), dims);
    return b.broadcast_to(wide, b.dims(x));
  }

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
