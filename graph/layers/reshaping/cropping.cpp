#include "graft/graph/layers/reshaping/cropping.h"

#include "graft/graph/layers/base/spatial.h"

namespace graft {

void Cropping1DConfig::fields(FieldVisitor& field) { field("cropping", cropping); }

void Cropping2DConfig::fields(FieldVisitor& field) {
  field("cropping", cropping);
  field("data_format", data_format);
}

void Cropping3DConfig::fields(FieldVisitor& field) {
  field("cropping", cropping);
  field("data_format", data_format);
}

namespace {

template <class Config, size_t rank>
class CroppingImpl final : public SpatialLayer<Config, rank> {
 public:
  using Base = SpatialLayer<Config, rank>;
  using Base::Base;
  using Base::config;
  std::string class_name() const override { return cat("Cropping", rank, "D"); }

  void check() const override { check_at_least("cropping", config.cropping, 0); }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    SpatialShape output = input;
    for (size_t i = 0; i < rank; ++i) {
      const int64_t by = removed(i);
      if (input.sizes[i] != Shape::none && input.sizes[i] <= by)
        throw ShapeError(cat("cropping ", by, " of ", input.sizes[i], " pixels (axis ", input.axis(i),
                             ") leaves nothing; received ", input.shape()));
      output.sizes[i] = grown(input.sizes[i], -by);
    }
    return output;
  }

  ops::Value emit_spatial(ops::Builder& b, ops::Value x, const CallArguments&) const override {
    ops::Dims begin{0, 0}, sizes = b.dims(x);
    for (size_t i = 0; i < rank; ++i) {
      begin.push_back(config.cropping.values[i][0]);
      sizes[i + 2] -= removed(i);
    }
    return b.slice(x, begin, sizes);
  }

 private:
  int64_t removed(size_t axis) const { return config.cropping.values[axis][0] + config.cropping.values[axis][1]; }
};

}  // namespace

Cropping1D::Cropping1D(Cropping1DConfig config, source_location location)
    : Layer(make_layer<CroppingImpl<Cropping1DConfig, 1>>(std::move(config), location)) {}
Cropping2D::Cropping2D(Cropping2DConfig config, source_location location)
    : Layer(make_layer<CroppingImpl<Cropping2DConfig, 2>>(std::move(config), location)) {}
Cropping3D::Cropping3D(Cropping3DConfig config, source_location location)
    : Layer(make_layer<CroppingImpl<Cropping3DConfig, 3>>(std::move(config), location)) {}

std::vector<LayerClass> cropping_classes() {
  return {layer_class<CroppingImpl<Cropping1DConfig, 1>>("Cropping1D"),
          layer_class<CroppingImpl<Cropping2DConfig, 2>>("Cropping2D"),
          layer_class<CroppingImpl<Cropping3DConfig, 3>>("Cropping3D")};
}

}  // namespace graft
