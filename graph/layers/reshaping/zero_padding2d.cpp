#include "graft/graph/layers/reshaping/zero_padding2d.h"

namespace graft {

void ZeroPadding2DConfig::fields(FieldVisitor& field) {
  field("padding", padding);
  field("data_format", data_format);
}

namespace {

// A dimension that grows by a number of pixels; an unknown one stays unknown.
int64_t grown(int64_t pixels, int64_t by) { return pixels == Shape::none ? pixels : pixels + by; }

class ZeroPadding2DImpl final : public ConfiguredLayer<ZeroPadding2DConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "ZeroPadding2D"; }

  void check() const override { check_at_least("padding", config.padding, 0); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 4, "(N, H, W, C)");
    const Sides2D& p = config.padding;
    return {{inputs[0][0], grown(inputs[0][1], p.top + p.bottom), grown(inputs[0][2], p.left + p.right), inputs[0][3]}};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Sides2D& p = config.padding;
    return {b.pad(inputs[0], {0, 0, p.top, p.left}, {0, 0, p.bottom, p.right})};
  }
};

}  // namespace

ZeroPadding2D::ZeroPadding2D(ZeroPadding2DConfig config, source_location location)
    : Layer(make_layer<ZeroPadding2DImpl>(std::move(config), location)) {}

std::vector<LayerClass> zero_padding2d_classes() { return {layer_class<ZeroPadding2DImpl>("ZeroPadding2D")}; }

}  // namespace graft
