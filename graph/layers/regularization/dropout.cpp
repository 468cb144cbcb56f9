#include "graft/graph/layers/regularization/dropout.h"

#include "graft/graph/axes.h"

namespace graft {

void DropoutConfig::fields(FieldVisitor& field) {
  field("rate", rate);
  field("noise_shape", noise_shape);
  field("seed", seed);
}

void SpatialDropout2DConfig::fields(FieldVisitor& field) {
  field("rate", rate);
  field("data_format", data_format);
  field("seed", seed);
}

void GaussianNoiseConfig::fields(FieldVisitor& field) {
  field("stddev", stddev);
  field("seed", seed);
}

namespace {

class DropoutImpl final : public ConfiguredLayer<DropoutConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Dropout"; }

  void check() const override { check_rate("rate", config.rate); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    noise(inputs[0]);
    return {inputs[0]};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    if (!is_training(b, arguments) || config.rate == 0) return inputs;
    const ops::Dims dims = logical_dims(noise(keras_shape(b.dims(inputs[0]))));
    return {b.dropout(inputs[0], static_cast<float>(config.rate), dims)};
  }

 private:
  Shape noise(const Shape& input) const {
    if (config.noise_shape.rank() == 0) return input;
    Shape shape = config.noise_shape;
    bool fits = shape.rank() == input.rank();
    for (int64_t i = 0; fits && i < input.rank(); ++i) {
      if (shape[i] == Shape::none) shape = shape.with(i, input[i]);
      fits = shape[i] == 1 || shape[i] == input[i] || input[i] == Shape::none;
    }
    if (!fits) throw ShapeError(cat("noise_shape ", config.noise_shape, " must broadcast; received ", input));
    return shape;
  }
};

class SpatialDropout2DImpl final : public ConfiguredLayer<SpatialDropout2DConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "SpatialDropout2D"; }

  void check() const override { check_rate("rate", config.rate); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 4, "(N, H, W, C)");
    return {inputs[0]};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    if (!is_training(b, arguments) || config.rate == 0) return inputs;
    const ops::Dims src = b.dims(inputs[0]);
    return {b.dropout(inputs[0], static_cast<float>(config.rate), {src[0], src[1], 1, 1})};
  }
};

class GaussianNoiseImpl final : public ConfiguredLayer<GaussianNoiseConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "GaussianNoise"; }

  void check() const override {
    if (!(config.stddev >= 0))
      throw ConfigError(cat("stddev must be at least 0; received ", static_cast<double>(config.stddev)));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    if (!is_training(b, arguments) || config.stddev == 0) return inputs;
    const ops::Dims src = b.dims(inputs[0]);
    return {b.add(inputs[0], b.random_normal(src, 0, static_cast<float>(config.stddev)))};
  }
};

}  // namespace

Dropout::Dropout(DropoutConfig config, source_location location)
    : Layer(make_layer<DropoutImpl>(std::move(config), location)) {}
Dropout::Dropout(double rate, source_location location) : Dropout(DropoutConfig{.rate = rate}, location) {}
SpatialDropout2D::SpatialDropout2D(SpatialDropout2DConfig config, source_location location)
    : Layer(make_layer<SpatialDropout2DImpl>(std::move(config), location)) {}
GaussianNoise::GaussianNoise(GaussianNoiseConfig config, source_location location)
    : Layer(make_layer<GaussianNoiseImpl>(std::move(config), location)) {}

std::vector<LayerClass> dropout_classes() {
  return {layer_class<DropoutImpl>("Dropout"), layer_class<SpatialDropout2DImpl>("SpatialDropout2D"),
          layer_class<GaussianNoiseImpl>("GaussianNoise")};
}

}  // namespace graft
