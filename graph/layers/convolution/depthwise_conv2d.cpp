#include "graft/graph/layers/convolution/depthwise_conv2d.h"

#include "graft/graph/activations.h"
#include "graft/graph/axes.h"
#include "graft/graph/layers/convolution/depthwise_emit.h"

namespace graft {

void DepthwiseConv2DConfig::fields(FieldVisitor& field) {
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
}

namespace {

class DepthwiseConv2DImpl final : public ConfiguredLayer<DepthwiseConv2DConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "DepthwiseConv2D"; }

  void check() const override {
    check_at_least("kernel_size", config.kernel_size, 1);
    check_at_least("depth_multiplier", config.depth_multiplier, 1);
    check_strides(config.strides, config.dilation_rate);
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 4, "(N, H, W, C)");
    const Window2D window = conv_window(inputs[0][1], inputs[0][2], config.kernel_size, config.strides,
                                        config.dilation_rate, config.padding);
    const Shape output{inputs[0][0], window.rows.output, window.columns.output, filters(inputs[0])};
    return {activation_shape(config.activation, output)};
  }

  void build(std::span<const Shape> inputs) override {
    const Shape shape{config.kernel_size.height, config.kernel_size.width, inputs[0][-1], config.depth_multiplier};
    kernel_ = add_weight("depthwise_kernel", shape, config.depthwise_initializer, config.depthwise_regularizer);
    if (config.use_bias)
      bias_ = add_weight("bias", {filters(inputs[0])}, config.bias_initializer, config.bias_regularizer);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Value bias = config.use_bias ? b.variable(bias_) : ops::Value{};
    const ops::Value y =
        emit_depthwise(b, inputs[0], kernel_, bias, config.strides, config.dilation_rate, config.padding);
    return {emit_activation(b, config.activation, y)};
  }

 private:
  int64_t filters(const Shape& input) const { return known_dim(input, -1, "channels") * config.depth_multiplier; }

  Variable kernel_, bias_;
};

}  // namespace

DepthwiseConv2D::DepthwiseConv2D(DepthwiseConv2DConfig config, source_location location)
    : Layer(make_layer<DepthwiseConv2DImpl>(std::move(config), location)) {}

std::vector<LayerClass> depthwise_conv2d_classes() { return {layer_class<DepthwiseConv2DImpl>("DepthwiseConv2D")}; }

}  // namespace graft
