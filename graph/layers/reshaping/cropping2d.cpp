#include "graft/graph/layers/reshaping/cropping2d.h"

namespace graft {

void Cropping2DConfig::fields(FieldVisitor& field) {
  field("cropping", cropping);
  field("data_format", data_format);
}

namespace {

class Cropping2DImpl final : public ConfiguredLayer<Cropping2DConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Cropping2D"; }

  void check() const override { check_at_least("cropping", config.cropping, 0); }

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
      throw ShapeError(
          cat("cropping ", by, " of ", input[axis], " pixels (axis ", axis, ") leaves nothing; received ", input));
    return input[axis] == Shape::none ? Shape::none : input[axis] - by;
  }
};

}  // namespace

Cropping2D::Cropping2D(Cropping2DConfig config, source_location location)
    : Layer(make_layer<Cropping2DImpl>(std::move(config), location)) {}

std::vector<LayerClass> cropping2d_classes() { return {layer_class<Cropping2DImpl>("Cropping2D")}; }

}  // namespace graft
