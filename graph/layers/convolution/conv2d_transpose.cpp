#include "graft/graph/layers/convolution/conv2d_transpose.h"

#include <algorithm>

#include "graft/graph/activations.h"

namespace graft {

void Conv2DTransposeConfig::fields(FieldVisitor& field) {
  field("filters", filters);
  field.require("kernel_size");
  field("kernel_size", kernel_size);
  field("strides", strides);
  field("padding", padding);
  field("output_padding", output_padding);
  field("data_format", data_format);
  field("dilation_rate", dilation_rate);
  field("activation", activation);
  field("use_bias", use_bias);
  field("kernel_initializer", kernel_initializer);
  field("bias_initializer", bias_initializer);
  field("kernel_regularizer", kernel_regularizer);
  field("bias_regularizer", bias_regularizer);
  if (!field.reading() || !field.has("groups")) return;  // Keras 2 writes it, but only computes 1
  int64_t groups = 1;
  field("groups", groups);
  if (groups != 1) throw ConfigError(cat("groups must be 1 in a transposed convolution; received ", groups));
}

namespace {

// One axis. The whole result has (n - 1) stride + reach pixels; `crop` pixels are dropped at its beginning and its end,
// where a negative number at the end means pixels that no window reaches.
struct Spread {
  int64_t output, crop_before, crop_after;
};

Spread spread(int64_t n, int64_t kernel, int64_t stride, int64_t dilation, const Padding& padding,
              std::optional<int64_t> output_padding) {
  if (n == Shape::none) return {Shape::none, 0, 0};
  const int64_t reach = (kernel - 1) * dilation + 1;
  const int64_t whole = (n - 1) * stride + reach;
  if (padding == "valid") {
    const int64_t output = whole + output_padding.value_or(std::max(reach, stride) - reach);
    return {output, 0, whole - output};
  }
  const int64_t output = output_padding ? (n - 1) * stride + reach % 2 + *output_padding : n * stride;
  const int64_t padded = output_padding ? reach + reach % 2 - 2 + *output_padding : stride + reach - 2;
  const int64_t before = reach - 1 - std::min((padded + 1) / 2, reach - 1);
  return {output, before, whole - before - output};
}

class Conv2DTransposeImpl final : public ConfiguredLayer<Conv2DTransposeConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "Conv2DTranspose"; }

  void check() const override {
    check_at_least("filters", config.filters, 1);
    check_at_least("kernel_size", config.kernel_size, 1);
    check_strides(config.strides, config.dilation_rate);
    if (!config.output_padding) return;
    check_at_least("output_padding", *config.output_padding, 0);
    if (config.output_padding->height >= config.strides.height || config.output_padding->width >= config.strides.width)
      throw ConfigError(cat("output_padding must be less than strides; received {", config.output_padding->height, ", ",
                            config.output_padding->width, "} and strides {", config.strides.height, ", ",
                            config.strides.width, "}"));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_rank(inputs[0], 4, "(N, H, W, C)");
    known_dim(inputs[0], -1, "channels");
    const Shape output{inputs[0][0], rows(inputs[0][1]).output, columns(inputs[0][2]).output, config.filters};
    for (const int64_t axis : {1, 2})
      if (output[axis] != Shape::none && output[axis] < 1)
        throw ShapeError(cat("the output would be empty, ", output, "; received ", inputs[0]));
    return {activation_shape(config.activation, output)};
  }

  void build(std::span<const Shape> inputs) override {
    const Shape shape{config.kernel_size.height, config.kernel_size.width, config.filters, inputs[0][-1]};
    kernel_ = add_weight("kernel", shape, config.kernel_initializer, config.kernel_regularizer);
    if (config.use_bias) bias_ = add_weight("bias", {config.filters}, config.bias_initializer, config.bias_regularizer);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Dims src = b.dims(inputs[0]);
    const Spread row = rows(src[2]), column = columns(src[3]);
    const int64_t below = std::max<int64_t>(-row.crop_after, 0), right = std::max<int64_t>(-column.crop_after, 0);
    // The kernel (kh, kw, filters, C) is that of the convolution from the output to the input: O = C, I = filters.
    const ops::Value weights_oihw = b.transpose(b.variable(kernel_), {3, 2, 0, 1});
    ops::Value y = b.conv_backward_data(inputs[0], weights_oihw,
                                        {src[0], config.filters, row.output - below, column.output - right},
                                        {.strides = {config.strides.height, config.strides.width},
                                         .dilates = {config.dilation_rate.height - 1, config.dilation_rate.width - 1},
                                         .padding_l = {row.crop_before, column.crop_before},
                                         .padding_r = {row.crop_after + below, column.crop_after + right}});
    if (below > 0 || right > 0) y = b.pad(y, {0, 0, 0, 0}, {0, 0, below, right});
    if (config.use_bias) y = b.bias(y, b.variable(bias_));
    return {emit_activation(b, config.activation, y)};
  }

 private:
  Spread rows(int64_t n) const {
    return spread(n, config.kernel_size.height, config.strides.height, config.dilation_rate.height, config.padding,
                  config.output_padding ? std::optional(config.output_padding->height) : std::nullopt);
  }
  Spread columns(int64_t n) const {
    return spread(n, config.kernel_size.width, config.strides.width, config.dilation_rate.width, config.padding,
                  config.output_padding ? std::optional(config.output_padding->width) : std::nullopt);
  }

  Variable kernel_, bias_;
};

}  // namespace

Conv2DTranspose::Conv2DTranspose(Conv2DTransposeConfig config, source_location location)
    : Layer(make_layer<Conv2DTransposeImpl>(std::move(config), location)) {}

std::vector<LayerClass> conv2d_transpose_classes() { return {layer_class<Conv2DTransposeImpl>("Conv2DTranspose")}; }

}  // namespace graft
