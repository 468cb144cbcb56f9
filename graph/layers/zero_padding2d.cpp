#include "graft/graph/layers/zero_padding2d.h"

#include "graft/graph/layers/tables.h"

namespace graft {

void ZeroPadding2DConfig::fields(FieldVisitor& field) {
  field("padding", padding);
  field("data_format", data_format);
}

void Cropping2DConfig::fields(FieldVisitor& field) {
  field("cropping", cropping);
  field("data_format", data_format);
}

namespace {

void check_sides(const char* setting, const Sides2D& sides) {
  for (const int64_t side : {sides.top, sides.bottom, sides.left, sides.right}) check_at_least(setting, side, 0);
}

// A dimension that grows by so many pixels.
int64_t grown(int64_t pixels, int64_t by) { return pixels == Shape::none ? pixels : pixels + by; }

class ZeroPadding2DImpl final : public ConfiguredLayer<ZeroPadding2DConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "ZeroPadding2D"; }

  void check() const override { check_sides("padding", config.padding); }

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

class Cropping2DImpl final : public ConfiguredLayer<Cropping2DConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Cropping2D"; }

  void check() const override { check_sides("cropping", config.cropping); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 4, "(N, H, W, C)");
    const Sides2D& c = config.cropping;
    const Shape output{inputs[0][0], cropped(inputs[0], 1, c.top + c.bottom), cropped(inputs[0], 2, c.left + c.right),
                       inputs[0][3]};
    return {output};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const Sides2D& c = config.cropping;
    const ops::Dims src = b.dims(inputs[0]);
    return {b.slice(inputs[0], {0, 0, c.top, c.left},
                    {src[0], src[1], src[2] - c.top - c.bottom, src[3] - c.left - c.right})};
  }

 private:
  static int64_t cropped(const Shape& input, int64_t axis, int64_t by) {
    if (input[axis] != Shape::none && input[axis] <= by)
      throw ShapeError(cat("cropping ", by, " of ", input[axis], " pixels (axis ", axis, ") leaves nothing; received ",
                           input));
    return grown(input[axis], -by);
  }
};

}  // namespace

ZeroPadding2D::ZeroPadding2D(ZeroPadding2DConfig config, std::source_location location)
    : Layer(make_layer<ZeroPadding2DImpl>(std::move(config), location)) {}
Cropping2D::Cropping2D(Cropping2DConfig config, std::source_location location)
    : Layer(make_layer<Cropping2DImpl>(std::move(config), location)) {}

std::vector<LayerClass> zero_padding2d_classes() {
  return {layer_class<ZeroPadding2DImpl>("ZeroPadding2D"), layer_class<Cropping2DImpl>("Cropping2D")};
}

}  // namespace graft
