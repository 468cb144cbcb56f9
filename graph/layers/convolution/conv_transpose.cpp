#include "graft/graph/layers/convolution/conv_transpose.h"

#include <algorithm>

#include "graft/graph/layers/convolution/conv_layer.h"

namespace graft {

template <size_t rank>
void ConvTransposeConfig<rank>::fields(FieldVisitor& field) {
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
  field("activity_regularizer", activity_regularizer);
  field("kernel_constraint", kernel_constraint);
  field("bias_constraint", bias_constraint);
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

template <size_t rank>
class ConvTransposeImpl final : public ConvLayer<ConvTransposeConfig<rank>, rank> {
 public:
  using Base = ConvLayer<ConvTransposeConfig<rank>, rank>;
  using Base::Base;
  using Base::config;
  std::string class_name() const override { return cat("Conv", rank, "DTranspose"); }

  void check() const override {
    check_at_least("filters", config.filters, 1);
    this->check_sizes();
    if (!config.output_padding) return;
    check_at_least("output_padding", *config.output_padding, 0);
    const auto &added = config.output_padding->values, &strides = config.strides.values;
    if (!std::ranges::equal(added, strides, std::less<>()))
      refuse_setting(cat("output_padding must be less than strides; received ", list_text(added), " and strides ",
                         list_text(strides)));
  }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    input.known_channels();
    SpatialShape output = input;
    output.channels = config.filters;
    const std::vector<Spread> axes = spreads(this->along_axes(input.sizes));
    for (size_t i = 0; i < rank; ++i) output.sizes[i] = axes[axes.size() - rank + i].output;
    for (const int64_t size : output.sizes)
      if (size != Shape::none && size < 1)
        throw ShapeError(cat("the output would be empty, ", output.shape(), "; received ", input.shape()));
    return output;
  }

  void build(std::span<const Shape> inputs) override {
    const int64_t channels = SpatialShape::of(inputs[0], rank, this->channels_first()).channels;
    kernel_ = this->add_weight("kernel", this->kernel_shape(config.filters, channels), config.kernel_initializer,
                               config.kernel_regularizer, true, config.kernel_constraint);
    if (config.use_bias)
      bias_ = this->add_weight("bias", {config.filters}, config.bias_initializer, config.bias_regularizer, true,
                               config.bias_constraint);
  }

 private:
  ops::Value emit_conv(ops::Builder& b, ops::Value x) const override {
    const ops::Dims src = b.dims(x);
    const WindowSettings settings = this->window_settings();
    ops::ConvArgs args{settings.strides, this->dilates(settings), {}, {}};
    ops::Dims reached{src[0], config.filters}, unreached{0, 0};
    for (const Spread& axis : spreads(this->sizes_of(src))) {
      const int64_t beyond = std::max<int64_t>(-axis.crop_after, 0);
      args.padding_l.push_back(axis.crop_before);
      args.padding_r.push_back(axis.crop_after + beyond);
      reached.push_back(axis.output - beyond);
      unreached.push_back(beyond);
    }
    // The kernel (sizes..., filters, C) is that of the convolution from the output to the input: O = C, I = filters.
    ops::Value y = b.conv_backward_data(x, this->emit_kernel(b, b.variable(kernel_)), reached, args);
    if (std::ranges::any_of(unreached, [](int64_t pixels) { return pixels > 0; }))
      y = b.pad(y, ops::Dims(unreached.size(), 0), unreached);
    return config.use_bias ? b.bias(y, b.variable(bias_)) : y;
  }

  std::vector<Spread> spreads(const ops::Dims& sizes) const {
    const WindowSettings settings = this->window_settings();
    ops::Dims added;
    if (config.output_padding) added = this->along_axes(config.output_padding->list(), 0);
    std::vector<Spread> axes;
    for (size_t i = 0; i < sizes.size(); ++i)
      axes.push_back(spread(sizes[i], settings.kernel[i], settings.strides[i], settings.dilation[i], config.padding,
                            added.empty() ? std::nullopt : std::optional(added[i])));
    return axes;
  }

  Variable kernel_, bias_;
};

}  // namespace

Conv1DTranspose::Conv1DTranspose(Conv1DTransposeConfig config, source_location location)
    : Layer(make_layer<ConvTransposeImpl<1>>(std::move(config), location)) {}
Conv2DTranspose::Conv2DTranspose(Conv2DTransposeConfig config, source_location location)
    : Layer(make_layer<ConvTransposeImpl<2>>(std::move(config), location)) {}
Conv3DTranspose::Conv3DTranspose(Conv3DTransposeConfig config, source_location location)
    : Layer(make_layer<ConvTransposeImpl<3>>(std::move(config), location)) {}

std::vector<LayerClass> conv_transpose_classes() {
  return {layer_class<ConvTransposeImpl<1>>("Conv1DTranspose"), layer_class<ConvTransposeImpl<2>>("Conv2DTranspose"),
          layer_class<ConvTransposeImpl<3>>("Conv3DTranspose")};
}

}  // namespace graft
