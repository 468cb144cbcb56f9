#include "graft/graph/layers/convolution/depthwise_conv.h"

#include "graft/graph/layers/convolution/conv_layer.h"

namespace graft {

template <size_t rank>
void DepthwiseConvConfig<rank>::fields(FieldVisitor& field) {
  field.require("kernel_size");
  field("kernel_size", kernel_size);
  field("strides", strides);
  field("padding", padding);
  field("depth_multiplier", depth_multiplier);
  field("data_format", data_format);
  field("dilation_rate", dilation_rate);
  field("activation", activation);
  field("use_bias", use_bias);
  field("depthwise_initializer", depthwise_initializer);
  field("bias_initializer", bias_initializer);
  field("depthwise_regularizer", depthwise_regularizer);
  field("bias_regularizer", bias_regularizer);
  field("activity_regularizer", activity_regularizer);
  field("depthwise_constraint", depthwise_constraint);
  field("bias_constraint", bias_constraint);
}

namespace {

template <size_t rank>
class DepthwiseConvImpl final : public ConvLayer<DepthwiseConvConfig<rank>, rank> {
 public:
  using Base = ConvLayer<DepthwiseConvConfig<rank>, rank>;
  using Base::Base;
  using Base::config;
  std::string class_name() const override { return cat("DepthwiseConv", rank, "D"); }

  void check() const override {
    check_at_least("depth_multiplier", config.depth_multiplier, 1);
    this->check_sizes();
  }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    return this->convolved(input, input.known_channels() * config.depth_multiplier);
  }

  void build(std::span<const Shape> inputs) override {
    const int64_t channels = SpatialShape::of(inputs[0], rank, this->channels_first()).channels;
    kernel_ =
        this->add_weight("depthwise_kernel", this->kernel_shape(channels, config.depth_multiplier),
                         config.depthwise_initializer, config.depthwise_regularizer, true, config.depthwise_constraint);
    if (config.use_bias)
      bias_ = this->add_weight("bias", {channels * config.depth_multiplier}, config.bias_initializer,
                               config.bias_regularizer, true, config.bias_constraint);
  }

 private:
  ops::Value emit_conv(ops::Builder& b, ops::Value x) const override {
    return this->emit_depthwise(b, x, kernel_, config.use_bias ? b.variable(bias_) : ops::Value{});
  }

  Variable kernel_, bias_;
};

}  // namespace

DepthwiseConv1D::DepthwiseConv1D(DepthwiseConv1DConfig config, source_location location)
    : Layer(make_layer<DepthwiseConvImpl<1>>(std::move(config), location)) {}
DepthwiseConv2D::DepthwiseConv2D(DepthwiseConv2DConfig config, source_location location)
    : Layer(make_layer<DepthwiseConvImpl<2>>(std::move(config), location)) {}

std::vector<LayerClass> depthwise_conv_classes() {
  return {layer_class<DepthwiseConvImpl<1>>("DepthwiseConv1D"), layer_class<DepthwiseConvImpl<2>>("DepthwiseConv2D")};
}

}  // namespace graft
