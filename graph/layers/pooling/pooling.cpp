#include "graft/graph/layers/pooling/pooling.h"

#include "graft/graph/layers/base/spatial.h"

namespace graft {

template <size_t rank>
void PoolingConfig<rank>::fields(FieldVisitor& field) {
  field("pool_size", pool_size);
  field("strides", strides);
  field("padding", padding);
  field("data_format", data_format);
}

namespace {

template <size_t rank, ops::Pooling algorithm>
class PoolingImpl final : public SpatialLayer<PoolingConfig<rank>, rank> {
 public:
  using Base = SpatialLayer<PoolingConfig<rank>, rank>;
  using Base::Base;
  using Base::config;
  std::string class_name() const override {
    return cat(algorithm == ops::Pooling::max ? "MaxPooling" : "AveragePooling", rank, "D");
  }

  void check() const override {
    check_at_least("pool_size", config.pool_size, 1);
    if (config.strides) check_at_least("strides", *config.strides, 1);
  }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    SpatialShape output = input;
    output.sizes = windows(input.sizes).output;
    return output;
  }

  ops::Value emit_spatial(ops::Builder& b, ops::Value x, const CallArguments&) const override {
    const ops::Dims& src = b.dims(x);
    const Windows moved = windows({src.begin() + 2, src.end()});
    return b.pool(x, {.algorithm = algorithm,
                      .kernel = config.pool_size.list(),
                      .strides = strides().list(),
                      .padding_l = moved.before,
                      .padding_r = moved.after});
  }

 private:
  Size<rank> strides() const { return config.strides.value_or(config.pool_size); }

  Windows windows(const ops::Dims& sizes) const {
    return windows_over(sizes,
                        {config.pool_size.list(), strides().list(), ops::Dims(sizes.size(), 1), config.padding.str()});
  }
};

template <size_t rank>
using MaxPoolingImpl = PoolingImpl<rank, ops::Pooling::max>;
template <size_t rank>
using AveragePoolingImpl = PoolingImpl<rank, ops::Pooling::avg_exclude_padding>;

}  // namespace

MaxPooling1D::MaxPooling1D(MaxPooling1DConfig config, source_location location)
    : Layer(make_layer<MaxPoolingImpl<1>>(std::move(config), location)) {}
MaxPooling2D::MaxPooling2D(MaxPooling2DConfig config, source_location location)
    : Layer(make_layer<MaxPoolingImpl<2>>(std::move(config), location)) {}
MaxPooling3D::MaxPooling3D(MaxPooling3DConfig config, source_location location)
    : Layer(make_layer<MaxPoolingImpl<3>>(std::move(config), location)) {}
AveragePooling1D::AveragePooling1D(AveragePooling1DConfig config, source_location location)
    : Layer(make_layer<AveragePoolingImpl<1>>(std::move(config), location)) {}
AveragePooling2D::AveragePooling2D(AveragePooling2DConfig config, source_location location)
    : Layer(make_layer<AveragePoolingImpl<2>>(std::move(config), location)) {}
AveragePooling3D::AveragePooling3D(AveragePooling3DConfig config, source_location location)
    : Layer(make_layer<AveragePoolingImpl<3>>(std::move(config), location)) {}

std::vector<LayerClass> pooling_classes() {
  return {
      layer_class<MaxPoolingImpl<1>>("MaxPooling1D"),         layer_class<MaxPoolingImpl<2>>("MaxPooling2D"),
      layer_class<MaxPoolingImpl<3>>("MaxPooling3D"),         layer_class<AveragePoolingImpl<1>>("AveragePooling1D"),
      layer_class<AveragePoolingImpl<2>>("AveragePooling2D"), layer_class<AveragePoolingImpl<3>>("AveragePooling3D")};
}

}  // namespace graft
