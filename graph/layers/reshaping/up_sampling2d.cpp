#include "graft/graph/layers/reshaping/up_sampling2d.h"

namespace graft {

void UpSampling2DConfig::fields(FieldVisitor& field) {
  field("size", size);
  field("data_format", data_format);
  field("interpolation", interpolation);
}

namespace {

class UpSampling2DImpl final : public ConfiguredLayer<UpSampling2DConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "UpSampling2D"; }

  void check() const override { check_at_least("size", config.size, 1); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 4, "(N, H, W, C)");
    const int64_t h = inputs[0][1], w = inputs[0][2];
    return {{inputs[0][0], h == Shape::none ? h : h * config.size.height, w == Shape::none ? w : w * config.size.width,
             inputs[0][3]}};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const bool nearest = config.interpolation == "nearest";
    return {b.resample(inputs[0], {config.size.height, config.size.width},
                       nearest ? ops::Interpolation::nearest : ops::Interpolation::linear)};
  }
};

}  // namespace

UpSampling2D::UpSampling2D(UpSampling2DConfig config, source_location location)
    : Layer(make_layer<UpSampling2DImpl>(std::move(config), location)) {}

std::vector<LayerClass> up_sampling2d_classes() { return {layer_class<UpSampling2DImpl>("UpSampling2D")}; }

}  // namespace graft
