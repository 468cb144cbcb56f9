#include "graft/graph/layers/reshaping/up_sampling.h"

#include "graft/graph/layers/base/spatial.h"

namespace graft {

void UpSampling1DConfig::fields(FieldVisitor& field) { field("size", size); }

void UpSampling2DConfig::fields(FieldVisitor& field) {
  field("size", size);
  field("data_format", data_format);
  field("interpolation", interpolation);
}

void UpSampling3DConfig::fields(FieldVisitor& field) {
  field("size", size);
  field("data_format", data_format);
}

namespace {

template <class Config, size_t rank>
class UpSamplingImpl final : public SpatialLayer<Config, rank> {
 public:
  using Base = SpatialLayer<Config, rank>;
  using Base::Base;
  using Base::config;
  std::string class_name() const override { return cat("UpSampling", rank, "D"); }

  void check() const override { check_at_least("size", factors(), 1); }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    SpatialShape output = input;
    for (size_t i = 0; i < rank; ++i) output.sizes[i] = multiplied(input.sizes[i], factors().values[i]);
    return output;
  }

  ops::Value emit_spatial(ops::Builder& b, ops::Value x, const CallArguments&) const override {
    return b.resample(x, factors().list(), interpolation());
  }

 private:
  Size<rank> factors() const { return config.size; }

  ops::Interpolation interpolation() const {
    if constexpr (requires { this->config.interpolation; })
      return interpolation_of(config.interpolation);
    else
      return ops::Interpolation::nearest;
  }
};

}  // namespace

UpSampling1D::UpSampling1D(UpSampling1DConfig config, source_location location)
    : Layer(make_layer<UpSamplingImpl<UpSampling1DConfig, 1>>(std::move(config), location)) {}
UpSampling2D::UpSampling2D(UpSampling2DConfig config, source_location location)
    : Layer(make_layer<UpSamplingImpl<UpSampling2DConfig, 2>>(std::move(config), location)) {}
UpSampling3D::UpSampling3D(UpSampling3DConfig config, source_location location)
    : Layer(make_layer<UpSamplingImpl<UpSampling3DConfig, 3>>(std::move(config), location)) {}

std::vector<LayerClass> up_sampling_classes() {
  return {layer_class<UpSamplingImpl<UpSampling1DConfig, 1>>("UpSampling1D"),
          layer_class<UpSamplingImpl<UpSampling2DConfig, 2>>("UpSampling2D"),
          layer_class<UpSamplingImpl<UpSampling3DConfig, 3>>("UpSampling3D")};
}

}  // namespace graft
