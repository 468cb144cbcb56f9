#include "graft/graph/layers/regularization/noise.h"

#include <cmath>

#include "graft/graph/axes.h"

namespace graft {

void GaussianNoiseConfig::fields(FieldVisitor& field) {
  field("stddev", stddev);
  field("seed", seed);
}

void GaussianDropoutConfig::fields(FieldVisitor& field) {
  field("rate", rate);
  field("seed", seed);
}

void AlphaDropoutConfig::fields(FieldVisitor& field) {
  field("rate", rate);
  noise_shape_field(field, noise_shape);
  field("seed", seed);
}

void ActivityRegularizationConfig::fields(FieldVisitor& field) {
  field("l1", l1);
  field("l2", l2);
}

void noise_shape_field(FieldVisitor& field, Shape& noise_shape) {
  Literal none;
  if (!field.reading() && noise_shape.rank() == 0)
    field("noise_shape", none);
  else
    field("noise_shape", noise_shape);
}

Shape noise_dims(const Shape& noise_shape, const Shape& input) {
  if (noise_shape.rank() == 0) return input;
  Shape shape = noise_shape;
  bool fits = shape.rank() == input.rank();
  for (int64_t i = 0; fits && i < input.rank(); ++i) {
    if (shape[i] == Shape::none) shape = shape.with(i, input[i]);
    fits = shape[i] == 1 || shape[i] == input[i] || input[i] == Shape::none;
  }
  if (!fits) throw ShapeError(cat("noise_shape ", noise_shape, " must broadcast; received ", input));
  return shape;
}

namespace {

class GaussianNoiseImpl final : public ConfiguredLayer<GaussianNoiseConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "GaussianNoise"; }
  bool passes_masks() const override { return true; }

  void check() const override {
    if (!(config.stddev >= 0))
      refuse_setting(cat("stddev must be at least 0; received ", static_cast<double>(config.stddev)));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    if (!is_training(b, arguments) || config.stddev == 0) return {inputs[0]};
    const ops::Dims src = b.dims(inputs[0]);
    return {b.add(inputs[0], b.random_normal(src, 0, static_cast<float>(config.stddev)))};
  }
};

class GaussianDropoutImpl final : public ConfiguredLayer<GaussianDropoutConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "GaussianDropout"; }
  bool passes_masks() const override { return true; }
  void check() const override { check_rate("rate", config.rate); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    if (!is_training(b, arguments) || config.rate == 0) return {inputs[0]};
    const auto deviation = static_cast<float>(std::sqrt(config.rate / (1 - config.rate)));
    return {b.mul(inputs[0], b.random_normal(b.dims(inputs[0]), 1, deviation))};
  }
};

class AlphaDropoutImpl final : public ConfiguredLayer<AlphaDropoutConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "AlphaDropout"; }
  bool passes_masks() const override { return true; }
  void check() const override { check_rate("rate", config.rate); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    noise_dims(config.noise_shape, inputs[0]);
    return {inputs[0]};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    if (!is_training(b, arguments) || config.rate == 0) return {inputs[0]};
    const double rate = config.rate, limit = -1.6732632423543772 * 1.0507009873554805;  // of selu far below 0
    const double factor = 1 / std::sqrt((1 - rate) * (1 + rate * limit * limit));
    const ops::Dims dims = logical_dims(noise_dims(config.noise_shape, keras_shape(b.dims(inputs[0]))));
    const ops::Value kept = b.binary(ops::Binary::ge, b.random_uniform(dims, 0, 1), b.scalar(static_cast<float>(rate)));
    const ops::Value x = b.where(kept, inputs[0], b.scalar(static_cast<float>(limit)));
    return {b.scale(x, static_cast<float>(factor), static_cast<float>(-factor * limit * rate))};
  }
};

class ActivityRegularizationImpl final : public ConfiguredLayer<ActivityRegularizationConfig> {
 public:
  explicit ActivityRegularizationImpl(ActivityRegularizationConfig given) : ConfiguredLayer(std::move(given)) {
    activity_regularizer = L1L2(config.l1, config.l2);
  }
  std::string class_name() const override { return "ActivityRegularization"; }
  bool passes_masks() const override { return true; }
  bool writes_activity_regularizer() const override { return false; }  // l1 and l2 are settings of their own
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }
  ops::Values emit(ops::Builder&, const ops::Values& inputs, const CallArguments&) const override {
    return {inputs[0]};
  }
};

}  // namespace

GaussianNoise::GaussianNoise(GaussianNoiseConfig config, source_location location)
    : Layer(make_layer<GaussianNoiseImpl>(std::move(config), location)) {}
GaussianDropout::GaussianDropout(GaussianDropoutConfig config, source_location location)
    : Layer(make_layer<GaussianDropoutImpl>(std::move(config), location)) {}
AlphaDropout::AlphaDropout(AlphaDropoutConfig config, source_location location)
    : Layer(make_layer<AlphaDropoutImpl>(std::move(config), location)) {}
ActivityRegularization::ActivityRegularization(ActivityRegularizationConfig config, source_location location)
    : Layer(make_layer<ActivityRegularizationImpl>(std::move(config), location)) {}

std::vector<LayerClass> noise_classes() {
  return {layer_class<GaussianNoiseImpl>("GaussianNoise"), layer_class<GaussianDropoutImpl>("GaussianDropout"),
          layer_class<AlphaDropoutImpl>("AlphaDropout"),
          layer_class<ActivityRegularizationImpl>("ActivityRegularization")};
}

}  // namespace graft
