#include "graft/graph/layers/pooling/pooling2d.h"

#include "graft/graph/axes.h"

namespace graft {

template <class Config>
static void pooling_fields(Config& config, FieldVisitor& field) {
  field("pool_size", config.pool_size);
  field("strides", config.strides);
  field("padding", config.padding);
  field("data_format", config.data_format);
}

void MaxPooling2DConfig::fields(FieldVisitor& field) { pooling_fields(*this, field); }
void AveragePooling2DConfig::fields(FieldVisitor& field) { pooling_fields(*this, field); }

namespace {

template <class Config, ops::Pooling algorithm>
class PoolingImpl : public ConfiguredLayer<Config> {
 public:
  using ConfiguredLayer<Config>::ConfiguredLayer;
  using ConfiguredLayer<Config>::config;
  std::string class_name() const override {
    return algorithm == ops::Pooling::max ? "MaxPooling2D" : "AveragePooling2D";
  }

  void check() const override {
    check_at_least("pool_size", config.pool_size, 1);
    check_at_least("strides", strides(), 1);
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 4, "(N, H, W, C)");
    const Window2D window = windows(inputs[0][1], inputs[0][2]);
    return {{inputs[0][0], window.rows.output, window.columns.output, inputs[0][3]}};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Dims src = b.dims(inputs[0]);
    const Window2D window = windows(src[2], src[3]);
    return {b.pool(inputs[0], {.algorithm = algorithm,
                               .kernel = {config.pool_size.height, config.pool_size.width},
                               .strides = {strides().height, strides().width},
                               .padding_l = window.before(),
                               .padding_r = window.after()})};
  }

 private:
  Size2D strides() const { return config.strides.value_or(config.pool_size); }

  Window2D windows(int64_t height, int64_t width) const {
    return conv_window(height, width, config.pool_size, strides(), 1, config.padding);
  }
};

using MaxPooling2DImpl = PoolingImpl<MaxPooling2DConfig, ops::Pooling::max>;
using AveragePooling2DImpl = PoolingImpl<AveragePooling2DConfig, ops::Pooling::avg_exclude_padding>;

}  // namespace

MaxPooling2D::MaxPooling2D(MaxPooling2DConfig config, source_location location)
    : Layer(make_layer<MaxPooling2DImpl>(std::move(config), location)) {}
AveragePooling2D::AveragePooling2D(AveragePooling2DConfig config, source_location location)
    : Layer(make_layer<AveragePooling2DImpl>(std::move(config), location)) {}

std::vector<LayerClass> pooling2d_classes() {
  return {layer_class<MaxPooling2DImpl>("MaxPooling2D"), layer_class<AveragePooling2DImpl>("AveragePooling2D")};
}

}  // namespace graft
