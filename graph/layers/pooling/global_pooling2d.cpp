#include "graft/graph/layers/pooling/global_pooling2d.h"

#include "graft/graph/axes.h"

namespace graft {

template <class Config>
static void global_pooling_fields(Config& config, FieldVisitor& field) {
  field("data_format", config.data_format);
  field("keepdims", config.keepdims);
}

void GlobalAveragePooling2DConfig::fields(FieldVisitor& field) { global_pooling_fields(*this, field); }
void GlobalMaxPooling2DConfig::fields(FieldVisitor& field) { global_pooling_fields(*this, field); }

namespace {

template <class Config, ops::Reduction algorithm>
class GlobalPoolingImpl : public ConfiguredLayer<Config> {
 public:
  using ConfiguredLayer<Config>::ConfiguredLayer;
  using ConfiguredLayer<Config>::config;
  std::string class_name() const override {
    return algorithm == ops::Reduction::max ? "GlobalMaxPooling2D" : "GlobalAveragePooling2D";
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 4, "(N, H, W, C)");
    const int64_t n = inputs[0][0], c = inputs[0][3];
    return {config.keepdims ? Shape{n, 1, 1, c} : Shape{n, c}};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Value y = b.reduce(algorithm, inputs[0], {2, 3});
    if (config.keepdims) return {y};
    return {b.reshape(y, {b.dims(y)[0], b.dims(y)[1]})};
  }
};

using GlobalAveragePooling2DImpl = GlobalPoolingImpl<GlobalAveragePooling2DConfig, ops::Reduction::mean>;
using GlobalMaxPooling2DImpl = GlobalPoolingImpl<GlobalMaxPooling2DConfig, ops::Reduction::max>;

}  // namespace

GlobalAveragePooling2D::GlobalAveragePooling2D(GlobalAveragePooling2DConfig config, source_location location)
    : Layer(make_layer<GlobalAveragePooling2DImpl>(std::move(config), location)) {}
GlobalMaxPooling2D::GlobalMaxPooling2D(GlobalMaxPooling2DConfig config, source_location location)
    : Layer(make_layer<GlobalMaxPooling2DImpl>(std::move(config), location)) {}

std::vector<LayerClass> global_pooling2d_classes() {
  return {layer_class<GlobalAveragePooling2DImpl>("GlobalAveragePooling2D"),
          layer_class<GlobalMaxPooling2DImpl>("GlobalMaxPooling2D")};
}

}  // namespace graft
