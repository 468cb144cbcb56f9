#include "graft/graph/layers/convolution/conv2d.h"

#include "graft/graph/activations.h"
#include "graft/graph/axes.h"

namespace graft {

void Conv2DConfig::fields(FieldVisitor& field) {
  field("filters", filters);
  field.require("kernel_size");
  field("kernel_size", kernel_size);
  field("strides", strides);
  field("padding", padding);
  field("data_format", data_format);
  field("dilation_rate", dilation_rate);
  field("groups", groups);
  field("activation", activation);
  field("use_bias", use_bias);
  field("kernel_initializer", kernel_initializer);
  field("bias_initializer", bias_initializer);
  field("kernel_regularizer", kernel_regularizer);
  field("bias_regularizer", bias_regularizer);
}

namespace {

class Conv2DImpl final : public ConfiguredLayer<Conv2DConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Conv2D"; }

  void check() const override {
    check_at_least("filters", config.filters, 1);
    check_at_least("kernel_size", config.kernel_size, 1);
    check_at_least("groups", config.groups, 1);
    check_strides(config.strides, config.dilation_rate);
    if (config.filters % config.groups != 0)
      throw ConfigError(cat("groups must divide filters; received groups ", config.groups, " and filters ",
                            static_cast<int64_t>(config.filters)));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 4, "(N, H, W, C)");
    const int64_t channels = known_dim(inputs[0], -1, "channels");
    if (channels % config.groups != 0)
      throw ShapeError(cat("groups must divide the channels: ", config.groups, " does not divide ", channels,
                           "; received ", inputs[0]));
    const Window2D window = windows(inputs[0][1], inputs[0][2]);
    const Shape output{inputs[0][0], window.rows.output, window.columns.output, config.filters};
    return {activation_shape(config.activation, output)};
  }

  void build(std::span<const Shape> inputs) override {
    const Shape shape{config.kernel_size.height, config.kernel_size.width, inputs[0][-1] / config.groups,
                      config.filters};
    kernel_ = add_weight("kernel", shape, config.kernel_initializer, config.kernel_regularizer);
    if (config.use_bias) bias_ = add_weight("bias", {config.filters}, config.bias_initializer, config.bias_regularizer);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Dims src = b.dims(inputs[0]);
    const Window2D window = windows(src[2], src[3]);
    const ops::Value weights_oihw = b.transpose(b.variable(kernel_), {3, 2, 0, 1});
    const ops::Value bias = config.use_bias ? b.variable(bias_) : ops::Value{};
    const ops::Value y = b.conv(inputs[0], weights_oihw, bias,
                                {.strides = {config.strides.height, config.strides.width},
                                 .dilates = {config.dilation_rate.height - 1, config.dilation_rate.width - 1},
                                 .padding_l = window.before(),
                                 .padding_r = window.after(),
                                 .groups = config.groups});
    return {emit_activation(b, config.activation, y)};
  }

 private:
  Window2D windows(int64_t height, int64_t width) const {
    return conv_window(height, width, config.kernel_size, config.strides, config.dilation_rate, config.padding);
  }

  Variable kernel_, bias_;
};

}  // namespace

Conv2D::Conv2D(Conv2DConfig config, source_location location)
    : Layer(make_layer<Conv2DImpl>(std::move(config), location)) {}

std::vector<LayerClass> conv2d_classes() { return {layer_class<Conv2DImpl>("Conv2D")}; }

}  // namespace graft
