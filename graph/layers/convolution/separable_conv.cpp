#include "graft/graph/layers/convolution/separable_conv.h"

#include "graft/graph/layers/convolution/conv_layer.h"

namespace graft {

template <size_t rank>
void SeparableConvConfig<rank>::fields(FieldVisitor& field) {
  field("filters", filters);
  field.require("kernel_size");
  field("kernel_size", kernel_size);
  field("strides", strides);
  field("padding", padding);
  field("data_format", data_format);
  field("dilation_rate", dilation_rate);
  field("depth_multiplier", depth_multiplier);
  field("activation", activation);
  field("use_bias", use_bias);
  field("depthwise_initializer", depthwise_initializer);
  field("pointwise_initializer", pointwise_initializer);
  field("bias_initializer", bias_initializer);
  field("depthwise_regularizer", depthwise_regularizer);
  field("pointwise_regularizer", pointwise_regularizer);
  field("bias_regularizer", bias_regularizer);
  field("activity_regularizer", activity_regularizer);
  field("depthwise_constraint", depthwise_constraint);
  field("pointwise_constraint", pointwise_constraint);
  field("bias_constraint", bias_constraint);
}

namespace {

template <size_t rank>
class SeparableConvImpl final : public ConvLayer<SeparableConvConfig<rank>, rank> {
 public:
  using Base = ConvLayer<SeparableConvConfig<rank>, rank>;
  using Base::Base;
  using Base::config;
  std::string class_name() const override { return cat("SeparableConv", rank, "D"); }

  void check() const override {
    check_at_least("filters", config.filters, 1);
    check_at_least("depth_multiplier", config.depth_multiplier, 1);
    this->check_sizes();
  }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    input.known_channels();
    return this->convolved(input, config.filters);
  }

  void build(std::span<const Shape> inputs) override {
    const int64_t channels = SpatialShape::of(inputs[0], rank, this->channels_first()).channels;
    depthwise_ =
        this->add_weight("depthwise_kernel", this->kernel_shape(channels, config.depth_multiplier),
                         config.depthwise_initializer, config.depthwise_regularizer, true, config.depthwise_constraint);
    ops::Dims pointwise(rank, 1);
    pointwise.insert(pointwise.end(), {channels * config.depth_multiplier, config.filters});
    pointwise_ = this->add_weight("pointwise_kernel", Shape(pointwise), config.pointwise_initializer,
                                  config.pointwise_regularizer, true, config.pointwise_constraint);
    if (config.use_bias)
      bias_ = this->add_weight("bias", {config.filters}, config.bias_initializer, config.bias_regularizer, true,
                               config.bias_constraint);
  }

 private:
  ops::Value emit_conv(ops::Builder& b, ops::Value x) const override {
    const ops::Value middle = this->emit_depthwise(b, x, depthwise_, {});
    const ops::Value bias = config.use_bias ? b.variable(bias_) : ops::Value{};
    const ops::Dims zeros(b.dims(x).size() - 2, 0), ones(zeros.size(), 1);
    return b.conv(middle, this->emit_kernel(b, b.variable(pointwise_)), bias,
                  {.strides = ones, .dilates = zeros, .padding_l = zeros, .padding_r = zeros});
  }

  Variable depthwise_, pointwise_, bias_;
};

}  // namespace

SeparableConv1D::SeparableConv1D(SeparableConv1DConfig config, source_location location)
    : Layer(make_layer<SeparableConvImpl<1>>(std::move(config), location)) {}
SeparableConv2D::SeparableConv2D(SeparableConv2DConfig config, source_location location)
    : Layer(make_layer<SeparableConvImpl<2>>(std::move(config), location)) {}

std::vector<LayerClass> separable_conv_classes() {
  return {layer_class<SeparableConvImpl<1>>("SeparableConv1D"), layer_class<SeparableConvImpl<2>>("SeparableConv2D")};
}

}  // namespace graft
