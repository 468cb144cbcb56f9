#include "graft/graph/layers/pooling/adaptive_pooling.h"

#include "graft/graph/layers/base/spatial.h"

namespace graft {

template <size_t rank>
void AdaptivePoolingConfig<rank>::fields(FieldVisitor& field) {
  field.require("output_size");
  field("output_size", output_size);
  field("data_format", data_format);
}

namespace {

template <size_t rank, ops::Pooling algorithm>
class AdaptivePoolingImpl final : public SpatialLayer<AdaptivePoolingConfig<rank>, rank> {
 public:
  using Base = SpatialLayer<AdaptivePoolingConfig<rank>, rank>;
  using Base::Base;
  using Base::config;
  std::string class_name() const override {
    return cat(algorithm == ops::Pooling::max ? "AdaptiveMaxPooling" : "AdaptiveAveragePooling", rank, "D");
  }

  void check() const override { check_at_least("output_size", config.output_size, 1); }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    SpatialShape output = input;
    output.sizes = config.output_size.list();
    return output;
  }

  ops::Value emit_spatial(ops::Builder& b, ops::Value x, const CallArguments&) const override {
    return b.adaptive_pool(x, algorithm, config.output_size.list());
  }
};

template <size_t rank>
using AdaptiveMaxPoolingImpl = AdaptivePoolingImpl<rank, ops::Pooling::max>;
template <size_t rank>
using AdaptiveAveragePoolingImpl = AdaptivePoolingImpl<rank, ops::Pooling::avg_exclude_padding>;

}  // namespace

AdaptiveAveragePooling1D::AdaptiveAveragePooling1D(AdaptiveAveragePooling1DConfig config, source_location location)
    : Layer(make_layer<AdaptiveAveragePoolingImpl<1>>(std::move(config), location)) {}
AdaptiveAveragePooling2D::AdaptiveAveragePooling2D(AdaptiveAveragePooling2DConfig config, source_location location)
    : Layer(make_layer<AdaptiveAveragePoolingImpl<2>>(std::move(config), location)) {}
AdaptiveAveragePooling3D::AdaptiveAveragePooling3D(AdaptiveAveragePooling3DConfig config, source_location location)
    : Layer(make_layer<AdaptiveAveragePoolingImpl<3>>(std::move(config), location)) {}
AdaptiveMaxPooling1D::AdaptiveMaxPooling1D(AdaptiveMaxPooling1DConfig config, source_location location)
    : Layer(make_layer<AdaptiveMaxPoolingImpl<1>>(std::move(config), location)) {}
AdaptiveMaxPooling2D::AdaptiveMaxPooling2D(AdaptiveMaxPooling2DConfig config, source_location location)
    : Layer(make_layer<AdaptiveMaxPoolingImpl<2>>(std::move(config), location)) {}
AdaptiveMaxPooling3D::AdaptiveMaxPooling3D(AdaptiveMaxPooling3DConfig config, source_location location)
    : Layer(make_layer<AdaptiveMaxPoolingImpl<3>>(std::move(config), location)) {}

std::vector<LayerClass> adaptive_pooling_classes() {
  return {layer_class<AdaptiveAveragePoolingImpl<1>>("AdaptiveAveragePooling1D"),
          layer_class<AdaptiveAveragePoolingImpl<2>>("AdaptiveAveragePooling2D"),
          layer_class<AdaptiveAveragePoolingImpl<3>>("AdaptiveAveragePooling3D"),
          layer_class<AdaptiveMaxPoolingImpl<1>>("AdaptiveMaxPooling1D"),
          layer_class<AdaptiveMaxPoolingImpl<2>>("AdaptiveMaxPooling2D"),
          layer_class<AdaptiveMaxPoolingImpl<3>>("AdaptiveMaxPooling3D")};
}

}  // namespace graft
