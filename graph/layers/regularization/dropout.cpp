#include "graft/graph/layers/regularization/dropout.h"

#include "graft/graph/axes.h"
#include "graft/graph/layers/regularization/noise.h"

namespace graft {

void DropoutConfig::fields(FieldVisitor& field) {
  field("rate", rate);
  noise_shape_field(field, noise_shape);
  field("seed", seed);
}

void SpatialDropout1DConfig::fields(FieldVisitor& field) {
  field("rate", rate);
  field("seed", seed);
}

void SpatialDropoutConfig::fields(FieldVisitor& field) {
  field("rate", rate);
  field("data_format", data_format);
  field("seed", seed);
}

namespace {

// One draw for each element of `dims`, which broadcast to those of x.
ops::Value dropped(ops::Builder& b, ops::Value x, double rate, const ops::Dims& dims) {
  return rate == 1 ? b.scale(x, 0) : b.dropout(x, static_cast<float>(rate), dims);
}

class DropoutImpl final : public ConfiguredLayer<DropoutConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Dropout"; }
  bool passes_masks() const override { return true; }

  void check() const override { check_fraction("rate", config.rate); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    noise_dims(config.noise_shape, inputs[0]);
    return {inputs[0]};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    if (!is_training(b, arguments) || config.rate == 0) return {inputs[0]};
    const ops::Dims dims = logical_dims(noise_dims(config.noise_shape, keras_shape(b.dims(inputs[0]))));
    return {dropped(b, inputs[0], config.rate, dims)};
  }
};

// Dropout of whole channels.
template <class Config>
class SpatialDropoutImpl : public ConfiguredLayer<Config> {
 public:
  using ConfiguredLayer<Config>::ConfiguredLayer;
  using ConfiguredLayer<Config>::config;
  bool passes_masks() const override { return true; }

  void check() const override { check_fraction("rate", config.rate); }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    if (!is_training(b, arguments) || config.rate == 0) return {inputs[0]};
    Shape noise = keras_shape(b.dims(inputs[0]));
    const int64_t channels = channels_axis(noise.rank());
    for (int64_t axis = 1; axis < noise.rank(); ++axis)
      if (axis != channels) noise = noise.with(axis, 1);
    return {dropped(b, inputs[0], config.rate, logical_dims(noise))};
  }

 private:
  int64_t channels_axis(int64_t rank) const {
    if constexpr (requires { config.data_format; })
      if (config.data_format == "channels_first") return 1;
    return rank - 1;
  }
};

class SpatialDropout1DImpl final : public SpatialDropoutImpl<SpatialDropout1DConfig> {
 public:
  using SpatialDropoutImpl::SpatialDropoutImpl;
  std::string class_name() const override { return "SpatialDropout1D"; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 3, "(N, T, C)");
    return {inputs[0]};
  }
};

class SpatialDropout2DImpl final : public SpatialDropoutImpl<SpatialDropoutConfig> {
 public:
  using SpatialDropoutImpl::SpatialDropoutImpl;
  std::string class_name() const override { return "SpatialDropout2D"; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 4, "(N, H, W, C)");
    return {inputs[0]};
  }
};

class SpatialDropout3DImpl final : public SpatialDropoutImpl<SpatialDropoutConfig> {
 public:
  using SpatialDropoutImpl::SpatialDropoutImpl;
  std::string class_name() const override { return "SpatialDropout3D"; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 5, "(N, D, H, W, C)");
    return {inputs[0]};
  }
};

}  // namespace

Dropout::Dropout(DropoutConfig config, source_location location)
    : Layer(make_layer<DropoutImpl>(std::move(config), location)) {}
Dropout::Dropout(double rate, source_location location) : Dropout(DropoutConfig{.rate = rate}, location) {}
SpatialDropout1D::SpatialDropout1D(SpatialDropout1DConfig config, source_location location)
    : Layer(make_layer<SpatialDropout1DImpl>(std::move(config), location)) {}
SpatialDropout2D::SpatialDropout2D(SpatialDropout2DConfig config, source_location location)
    : Layer(make_layer<SpatialDropout2DImpl>(std::move(config), location)) {}
SpatialDropout3D::SpatialDropout3D(SpatialDropout3DConfig config, source_location location)
    : Layer(make_layer<SpatialDropout3DImpl>(std::move(config), location)) {}

std::vector<LayerClass> dropout_classes() {
  return {layer_class<DropoutImpl>("Dropout"), layer_class<SpatialDropout1DImpl>("SpatialDropout1D"),
          layer_class<SpatialDropout2DImpl>("SpatialDropout2D"), layer_class<SpatialDropout3DImpl>("SpatialDropout3D")};
}

}  // namespace graft
