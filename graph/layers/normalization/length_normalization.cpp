#include "graft/graph/layers/normalization/length_normalization.h"

#include <algorithm>

#include "graft/graph/axes.h"

namespace graft {

void RMSNormalizationConfig::fields(FieldVisitor& field) {
  field("axis", axis);
  field("epsilon", epsilon);
}

void UnitNormalizationConfig::fields(FieldVisitor& field) { field("axis", axis); }

namespace {

void check_axes(const std::vector<int64_t>& axes) {
  if (axes.empty()) throw ConfigError("axis must name one axis or more; received none");
}

// The sum or the mean of squares along Keras's axes, whose dims become 1.
ops::Value of_squares(ops::Builder& b, ops::Reduction algorithm, ops::Value x, const std::vector<int64_t>& axes) {
  std::vector<int> along;
  for (const int64_t axis : axes) along.push_back(logical_axis(axis, static_cast<int64_t>(b.dims(x).size())));
  std::sort(along.begin(), along.end());
  return b.reduce(algorithm, b.eltwise(x, ops::Eltwise::square), along);
}

class RMSNormalizationImpl final : public ConfiguredLayer<RMSNormalizationConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "RMSNormalization"; }
  void check() const override { check_axes(config.axis); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    const Shape shape = completed(inputs[0]), scale = scale_of(shape);
    bool fits = scale.rank() <= shape.rank();
    for (int64_t i = 1; fits && i <= scale.rank(); ++i) fits = scale[-i] == 1 || scale[-i] == shape[-i];
    if (!fits) throw ShapeError(cat("scale ", scale, " must broadcast from the last axis on; received ", inputs[0]));
    return {inputs[0]};
  }

  void build(std::span<const Shape> inputs) override {
    scale_ = add_weight("scale", scale_of(completed(inputs[0])), "ones");
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Value mean = of_squares(b, ops::Reduction::mean, inputs[0], config.axis);
    const ops::Value inverse = b.eltwise(b.scale(mean, 1, static_cast<float>(config.epsilon)), ops::Eltwise::rsqrt);
    Shape dims = scale_.shape();
    while (dims.rank() < static_cast<int64_t>(b.dims(inputs[0]).size())) dims = dims.prepended(1);
    const ops::Value scale = to_channels_first(b, b.reshape(b.variable(scale_), dims.dims()));
    return {b.mul(b.mul(inputs[0], inverse), scale)};
  }

 private:
  Shape scale_of(const Shape& input) const {
    std::vector<int64_t> sorted = config.axis, dims;
    std::sort(sorted.begin(), sorted.end());
    for (const int64_t axis : sorted) dims.push_back(known_dim(input, normalized_axis(axis, input.rank()), "features"));
    return Shape(dims);
  }

  Variable scale_;
};

class UnitNormalizationImpl final : public ConfiguredLayer<UnitNormalizationConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "UnitNormalization"; }
  bool passes_masks() const override { return true; }
  void check() const override { check_axes(config.axis); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    for (const int64_t axis : config.axis) normalized_axis(axis, inputs[0].rank());
    return {inputs[0]};
  }

  // Keras: a length of at least 1e-12.
  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Value squares = of_squares(b, ops::Reduction::sum, inputs[0], config.axis);
    const ops::Value least = b.binary(ops::Binary::max, squares, b.scalar(1e-24f));
    return {b.mul(inputs[0], b.eltwise(least, ops::Eltwise::rsqrt))};
  }
};

}  // namespace

RMSNormalization::RMSNormalization(RMSNormalizationConfig config, source_location location)
    : Layer(make_layer<RMSNormalizationImpl>(std::move(config), location)) {}
UnitNormalization::UnitNormalization(UnitNormalizationConfig config, source_location location)
    : Layer(make_layer<UnitNormalizationImpl>(std::move(config), location)) {}

std::vector<LayerClass> length_normalization_classes() {
  return {layer_class<RMSNormalizationImpl>("RMSNormalization"),
          layer_class<UnitNormalizationImpl>("UnitNormalization")};
}

}  // namespace graft
