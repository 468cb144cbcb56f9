#include "graft/graph/layers/activations/advanced_activations.h"

#include "graft/graph/axes.h"
#include "graft/graph/layers/base/activations.h"

namespace graft {

void LeakyReLUConfig::fields(FieldVisitor& field) { field(field.either("negative_slope", "alpha"), negative_slope); }

void ReLUConfig::fields(FieldVisitor& field) {
  field("max_value", max_value);
  field("negative_slope", negative_slope);
  field("threshold", threshold);
}

void PReLUConfig::fields(FieldVisitor& field) {
  field("alpha_initializer", alpha_initializer);
  field("alpha_regularizer", alpha_regularizer);
  field("alpha_constraint", alpha_constraint);
  field("shared_axes", shared_axes);
}

void ELUConfig::fields(FieldVisitor& field) { field("alpha", alpha); }

void SoftmaxConfig::fields(FieldVisitor& field) { field("axis", axis); }

void ThresholdedReLUConfig::fields(FieldVisitor& field) { field("theta", theta); }

namespace {

void check_not_negative(const char* setting, double value) {
  if (!(value >= 0)) refuse_setting(cat(setting, " must be at least 0; received ", value));
}

// Layers whose output has the shape of their one input.
template <class Config>
class SameShape : public ConfiguredLayer<Config> {
 public:
  using ConfiguredLayer<Config>::ConfiguredLayer;
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }
  bool passes_masks() const override { return true; }
};

class LeakyReLUImpl final : public SameShape<LeakyReLUConfig> {
 public:
  using SameShape::SameShape;
  std::string class_name() const override { return "LeakyReLU"; }
  void check() const override { check_not_negative("negative_slope", config.negative_slope); }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {emit_activation(b, {"leaky_relu", {{"negative_slope", config.negative_slope}}}, inputs[0])};
  }
};

class ReLUImpl final : public SameShape<ReLUConfig> {
 public:
  using SameShape::SameShape;
  std::string class_name() const override { return "ReLU"; }

  void check() const override {
    check_not_negative("max_value", config.max_value.value_or(0));
    check_not_negative("negative_slope", config.negative_slope);
    check_not_negative("threshold", config.threshold);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Literal top = config.max_value ? Literal(*config.max_value) : Literal();
    return {emit_activation(
        b, {"relu", {{"max_value", top}, {"negative_slope", config.negative_slope}, {"threshold", config.threshold}}},
        inputs[0])};
  }
};

class PReLUImpl final : public SameShape<PReLUConfig> {
 public:
  using SameShape::SameShape;
  std::string class_name() const override { return "PReLU"; }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_min_rank(inputs[0], 2, "(N, ...)");
    slopes(inputs[0]);
    return {inputs[0]};
  }

  void check_built(std::span<const Shape> inputs) const override {
    if (!alpha_.shape().accepts(slopes(inputs[0])))
      throw ShapeError(cat("alpha was made with shape ", alpha_.shape(), "; received ", inputs[0]));
  }

  void build(std::span<const Shape> inputs) override {
    alpha_ = add_weight("alpha", slopes(inputs[0]), config.alpha_initializer, config.alpha_regularizer, true,
                        config.alpha_constraint);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Value batched = b.reshape(b.variable(alpha_), alpha_.shape().prepended(1).dims());
    return {b.prelu(inputs[0], to_channels_first(b, batched))};
  }

 private:
  Shape slopes(const Shape& input) const {
    Shape shape = completed(input);
    for (const int64_t axis : config.shared_axes) {
      if (normalized_axis(axis, input.rank()) == 0)
        throw ShapeError(cat("shared axis 0 is the batch's; received ", input));
      shape = shape.with(axis, 1);
    }
    shape = shape.without_batch();
    if (!shape.known())
      throw ShapeError(cat("alpha needs known dimensions along every axis that is not shared; received ", input));
    return shape;
  }

  Variable alpha_;
};

class ELUImpl final : public SameShape<ELUConfig> {
 public:
  using SameShape::SameShape;
  std::string class_name() const override { return "ELU"; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    return {emit_activation(b, {"elu", {{"alpha", config.alpha}}}, inputs[0])};
  }
};

class SoftmaxImpl final : public SameShape<SoftmaxConfig> {
 public:
  using SameShape::SameShape;
  std::string class_name() const override { return "Softmax"; }
  std::vector<std::string> call_signature() const override { return {"inputs", "mask"}; }
  std::vector<std::string> mask_arguments() const override { return {"mask"}; }
  void check() const override { function(); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {activation_shape(function(), inputs[0])};
  }

  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override {
    if (const Shape* mask = argument_of(inputs, arguments, "mask"))
      if (mask->rank() > inputs[0].rank() || broadcast(*mask, inputs[0]) != inputs[0])
        throw ShapeError(cat("mask ", *mask, " must broadcast to the input; received ", inputs[0]));
    return infer(inputs.first(1));
  }

  // Masked elements take no part: they are put far below all others, and 0 in the end, also where all are masked.
  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    const ops::Value* mask = argument_of(inputs, arguments, "mask");
    if (!mask) return {emit_activation(b, function(), inputs[0])};
    Shape dims(keras_dims(b, *mask));
    while (dims.rank() < static_cast<int64_t>(b.dims(inputs[0]).size())) dims = dims.prepended(1);
    const ops::Value wide = to_channels_first(b, b.reshape(to_channels_last(b, *mask), dims.dims()));
    const ops::Value counts = b.binary(ops::Binary::gt, wide, b.scalar(0.5f));
    const ops::Value y = emit_activation(b, function(), b.where(counts, inputs[0], b.scalar(-1e9f)));
    return {b.where(counts, y, b.scalar(0))};
  }

 private:
  ActivationFunction function() const { return {"softmax", {{"axis", config.axis}}}; }
};

class ThresholdedReLUImpl final : public SameShape<ThresholdedReLUConfig> {
 public:
  using SameShape::SameShape;
  std::string class_name() const override { return "ThresholdedReLU"; }
  void check() const override { check_not_negative("theta", config.theta); }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Value theta = b.scalar(static_cast<float>(config.theta));
    return {b.where(b.binary(ops::Binary::gt, inputs[0], theta), inputs[0], b.scalar(0))};
  }
};

}  // namespace

LeakyReLU::LeakyReLU(LeakyReLUConfig config, source_location location)
    : Layer(make_layer<LeakyReLUImpl>(std::move(config), location)) {}
ReLU::ReLU(ReLUConfig config, source_location location) : Layer(make_layer<ReLUImpl>(std::move(config), location)) {}
PReLU::PReLU(PReLUConfig config, source_location location)
    : Layer(make_layer<PReLUImpl>(std::move(config), location)) {}
ELU::ELU(ELUConfig config, source_location location) : Layer(make_layer<ELUImpl>(std::move(config), location)) {}
Softmax::Softmax(SoftmaxConfig config, source_location location)
    : Layer(make_layer<SoftmaxImpl>(std::move(config), location)) {}
ThresholdedReLU::ThresholdedReLU(ThresholdedReLUConfig config, source_location location)
    : Layer(make_layer<ThresholdedReLUImpl>(std::move(config), location)) {}

std::vector<LayerClass> advanced_activation_classes() {
  return {layer_class<LeakyReLUImpl>("LeakyReLU"), layer_class<ReLUImpl>("ReLU"),
          layer_class<PReLUImpl>("PReLU"),         layer_class<ELUImpl>("ELU"),
          layer_class<SoftmaxImpl>("Softmax"),     layer_class<ThresholdedReLUImpl>("ThresholdedReLU")};
}

}  // namespace graft
