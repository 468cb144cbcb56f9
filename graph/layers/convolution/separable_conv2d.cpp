#include "graft/graph/layers/convolution/separable_conv2d.h"

#include "graft/graph/activations.h"
#include "graft/graph/axes.h"
#include "graft/graph/layers/convolution/depthwise_emit.h"

namespace graft {

void SeparableConv2DConfig::fields(FieldVisitor& field) {
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
}

namespace {

class SeparableConv2DImpl final : public ConfiguredLayer<SeparableConv2DConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "SeparableConv2D"; }

  void check() const override {
    check_at_least("filters", config.filters, 1);
    check_at_least("kernel_size", config.kernel_size, 1);
    check_at_least("depth_multiplier", config.depth_multiplier, 1);
    check_strides(config.strides, config.dilation_rate);
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 4, "(N, H, W, C)");
    known_dim(inputs[0], -1, "channels");
    const Window2D window = conv_window(inputs[0][1], inputs[0][2], config.kernel_size, config.strides,
                                        config.dilation_rate, config.padding);
    const Shape output{inputs[0][0], window.rows.output, window.columns.output, config.filters};
    return {activation_shape(config.activation, output)};
  }

  void build(std::span<const Shape> inputs) override {
    const int64_t channels = inputs[0][-1];
    const Shape depthwise{config.kernel_size.height, config.kernel_size.width, channels, config.depth_multiplier};
    depthwise_ = add_weight("depthwise_kernel", depthwise, config.depthwise_initializer, config.depthwise_regularizer);
    const Shape pointwise{1, 1, channels * config.depth_multiplier, config.filters};
    pointwise_ = add_weight("pointwise_kernel", pointwise, config.pointwise_initializer, config.pointwise_regularizer);
    if (config.use_bias) bias_ = add_weight("bias", {config.filters}, config.bias_initializer, config.bias_regularizer);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Value middle =
        emit_depthwise(b, inputs[0], depthwise_, {}, config.strides, config.dilation_rate, config.padding);
    const ops::Value bias = config.use_bias ? b.variable(bias_) : ops::Value{};
    const ops::Value y = b.conv(middle, b.transpose(b.variable(pointwise_), {3, 2, 0, 1}), bias,
                                {.strides = {1, 1}, .dilates = {0, 0}, .padding_l = {0, 0}, .padding_r = {0, 0}});
    return {emit_activation(b, config.activation, y)};
  }

 private:
  Variable depthwise_, pointwise_, bias_;
};

}  // namespace

SeparableConv2D::SeparableConv2D(SeparableConv2DConfig config, source_location location)
    : Layer(make_layer<SeparableConv2DImpl>(std::move(config), location)) {}

std::vector<LayerClass> separable_conv2d_classes() { return {layer_class<SeparableConv2DImpl>("SeparableConv2D")}; }

}  // namespace graft
