#include "graft/graph/layers/reshaping/zero_padding.h"

#include "graft/graph/layers/base/spatial.h"

namespace graft {

template <size_t rank>
void ZeroPaddingConfig<rank>::fields(FieldVisitor& field) {
  field("padding", padding);
  field("data_format", data_format);
}

namespace {

template <size_t rank>
class ZeroPaddingImpl final : public SpatialLayer<ZeroPaddingConfig<rank>, rank> {
 public:
  using Base = SpatialLayer<ZeroPaddingConfig<rank>, rank>;
  using Base::Base;
  using Base::config;
  std::string class_name() const override { return cat("ZeroPadding", rank, "D"); }

  void check() const override { check_at_least("padding", config.padding, 0); }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    SpatialShape output = input;
    for (size_t i = 0; i < rank; ++i)
      output.sizes[i] = grown(input.sizes[i], config.padding.values[i][0] + config.padding.values[i][1]);
    return output;
  }

  ops::Value emit_spatial(ops::Builder& b, ops::Value x, const CallArguments&) const override {
    ops::Dims before{0, 0}, after{0, 0};
    for (const Ends& ends : config.padding.values) {
      before.push_back(ends[0]);
      after.push_back(ends[1]);
    }
    return b.pad(x, before, after);
  }
};

}  // namespace

ZeroPadding1D::ZeroPadding1D(ZeroPadding1DConfig config, source_location location)
    : Layer(make_layer<ZeroPaddingImpl<1>>(std::move(config), location)) {}
ZeroPadding2D::ZeroPadding2D(ZeroPadding2DConfig config, source_location location)
    : Layer(make_layer<ZeroPaddingImpl<2>>(std::move(config), location)) {}
ZeroPadding3D::ZeroPadding3D(ZeroPadding3DConfig config, source_location location)
    : Layer(make_layer<ZeroPaddingImpl<3>>(std::move(config), location)) {}

std::vector<LayerClass> zero_padding_classes() {
  return {layer_class<ZeroPaddingImpl<1>>("ZeroPadding1D"), layer_class<ZeroPaddingImpl<2>>("ZeroPadding2D"),
          layer_class<ZeroPaddingImpl<3>>("ZeroPadding3D")};
}

}  // namespace graft
