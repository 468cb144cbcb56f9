#include "graft/graph/layers/pooling/global_pooling.h"

#include "graft/graph/layers/base/spatial.h"

namespace graft {

void GlobalPoolingConfig::fields(FieldVisitor& field) {
  field("data_format", data_format);
  field("keepdims", keepdims);
}

namespace {

template <size_t rank, ops::Reduction algorithm>
class GlobalPoolingImpl : public SpatialLayer<GlobalPoolingConfig, rank> {
 public:
  using Base = SpatialLayer<GlobalPoolingConfig, rank>;
  using Base::Base;
  using Base::config;
  std::string class_name() const override {
    return cat(algorithm == ops::Reduction::max ? "GlobalMaxPooling" : "GlobalAveragePooling", rank, "D");
  }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    SpatialShape output = input;
    output.sizes.assign(config.keepdims ? rank : 0, 1);
    return output;
  }

  ops::Value emit_spatial(ops::Builder& b, ops::Value x, const CallArguments&) const override {
    return without_axes(b, b.reduce(algorithm, x, spatial_axes()));
  }

 protected:
  static std::vector<int> spatial_axes() {
    std::vector<int> axes;
    for (size_t i = 0; i < rank; ++i) axes.push_back(static_cast<int>(i) + 2);
    return axes;
  }

  ops::Value without_axes(ops::Builder& b, ops::Value y) const {
    if (config.keepdims) return y;
    return b.reshape(y, {b.dims(y)[0], b.dims(y)[1]});
  }
};

template <size_t rank>
using GlobalMaxPoolingImpl = GlobalPoolingImpl<rank, ops::Reduction::max>;
template <size_t rank>
using GlobalAveragePoolingImpl = GlobalPoolingImpl<rank, ops::Reduction::mean>;

// With a mask it is the sum over the steps that count, divided by their number.
class MaskedAveragePoolingImpl final : public GlobalAveragePoolingImpl<1> {
 public:
  using GlobalPoolingImpl::GlobalPoolingImpl;

  std::vector<std::string> call_signature() const override { return {"inputs", "mask"}; }
  std::vector<std::string> mask_arguments() const override { return {"mask"}; }
  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override {
    const std::vector<Shape> outputs = GlobalPoolingImpl::infer_call(inputs, arguments);
    check_argument(inputs, arguments, "mask", {inputs[0][0], inputs[0][channels_first() ? 2 : 1]});
    return outputs;
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    const ops::Value* mask = argument_of(inputs, arguments, "mask");
    if (!mask) return GlobalPoolingImpl::emit(b, inputs, arguments);
    const ops::Value x = to_spatial(b, inputs[0], channels_first());
    const ops::Value steps = b.reshape(*mask, {b.dims(x)[0], 1, b.dims(x)[2]});
    const ops::Value counts = b.binary(ops::Binary::ne, steps, b.scalar(0));
    const ops::Value sum = b.reduce(ops::Reduction::sum, b.where(counts, x, b.scalar(0)), spatial_axes());
    const ops::Value mean = b.div(sum, b.reduce(ops::Reduction::sum, counts, spatial_axes()));
    return {from_spatial(b, without_axes(b, mean), channels_first())};
  }
};

}  // namespace

GlobalAveragePooling1D::GlobalAveragePooling1D(GlobalAveragePooling1DConfig config, source_location location)
    : Layer(make_layer<MaskedAveragePoolingImpl>(std::move(config), location)) {}
GlobalAveragePooling2D::GlobalAveragePooling2D(GlobalAveragePooling2DConfig config, source_location location)
    : Layer(make_layer<GlobalAveragePoolingImpl<2>>(std::move(config), location)) {}
GlobalAveragePooling3D::GlobalAveragePooling3D(GlobalAveragePooling3DConfig config, source_location location)
    : Layer(make_layer<GlobalAveragePoolingImpl<3>>(std::move(config), location)) {}
GlobalMaxPooling1D::GlobalMaxPooling1D(GlobalMaxPooling1DConfig config, source_location location)
    : Layer(make_layer<GlobalMaxPoolingImpl<1>>(std::move(config), location)) {}
GlobalMaxPooling2D::GlobalMaxPooling2D(GlobalMaxPooling2DConfig config, source_location location)
    : Layer(make_layer<GlobalMaxPoolingImpl<2>>(std::move(config), location)) {}
GlobalMaxPooling3D::GlobalMaxPooling3D(GlobalMaxPooling3DConfig config, source_location location)
    : Layer(make_layer<GlobalMaxPoolingImpl<3>>(std::move(config), location)) {}

std::vector<LayerClass> global_pooling_classes() {
  return {layer_class<MaskedAveragePoolingImpl>("GlobalAveragePooling1D"),
          layer_class<GlobalAveragePoolingImpl<2>>("GlobalAveragePooling2D"),
          layer_class<GlobalAveragePoolingImpl<3>>("GlobalAveragePooling3D"),
          layer_class<GlobalMaxPoolingImpl<1>>("GlobalMaxPooling1D"),
          layer_class<GlobalMaxPoolingImpl<2>>("GlobalMaxPooling2D"),
          layer_class<GlobalMaxPoolingImpl<3>>("GlobalMaxPooling3D")};
}

}  // namespace graft
