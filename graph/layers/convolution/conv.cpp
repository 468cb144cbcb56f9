#include "graft/graph/layers/convolution/conv.h"

#include "graft/graph/layers/base/low_rank.h"
#include "graft/graph/layers/convolution/conv_layer.h"

namespace graft {

template <size_t rank>
void ConvConfig<rank>::fields(FieldVisitor& field) {
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
  field("activity_regularizer", activity_regularizer);
  field("kernel_constraint", kernel_constraint);
  field("bias_constraint", bias_constraint);
  field("lora_rank", lora_rank);
  field("lora_alpha", lora_alpha);
}

namespace {

template <size_t rank>
class ConvImpl final : public ConvLayer<ConvConfig<rank>, rank> {
 public:
  using Base = ConvLayer<ConvConfig<rank>, rank>;
  using Base::Base;
  using Base::config;
  std::string class_name() const override { return cat("Conv", rank, "D"); }
  size_t saved_weights() const override { return this->weights.size() - (config.lora_rank ? 2 : 0); }

  void check() const override {
    check_at_least("filters", config.filters, 1);
    check_at_least("groups", config.groups, 1);
    this->check_sizes();
    if (config.groups > 0 && config.filters % config.groups != 0)
      refuse_setting(cat("groups must divide filters; received groups ", config.groups, " and filters ",
                         static_cast<int64_t>(config.filters)));
    if (!config.lora_rank) return;
    check_at_least("lora_rank", *config.lora_rank, 1);
    if (config.kernel_constraint) refuse_setting("lora_rank cannot be set together with kernel_constraint");
  }

  SpatialShape infer_spatial(const SpatialShape& input) const override {
    const int64_t channels = input.known_channels();
    if (channels % config.groups != 0)
      throw ShapeError(cat("groups must divide the channels: ", config.groups, " does not divide ", channels,
                           "; received ", input.shape()));
    return this->convolved(input, config.filters);
  }

  void build(std::span<const Shape> inputs) override {
    const int64_t channels = SpatialShape::of(inputs[0], rank, this->channels_first()).channels / config.groups;
    kernel_ = this->add_weight("kernel", this->kernel_shape(channels, config.filters), config.kernel_initializer,
                               config.kernel_regularizer, !config.lora_rank, config.kernel_constraint);
    if (config.use_bias)
      bias_ = this->add_weight("bias", {config.filters}, config.bias_initializer, config.bias_regularizer, true,
                               config.bias_constraint);
    if (!config.lora_rank) return;
    lora_a_ = this->add_weight("lora_kernel_a", this->kernel_shape(channels, *config.lora_rank), "he_uniform",
                               config.kernel_regularizer);
    lora_b_ =
        this->add_weight("lora_kernel_b", {*config.lora_rank, config.filters}, "zeros", config.kernel_regularizer);
  }

 private:
  ops::Value emit_conv(ops::Builder& b, ops::Value x) const override {
    ops::Value kernel = b.variable(kernel_);
    if (config.lora_rank) kernel = b.add(kernel, low_rank(b, lora_a_, lora_b_, *config.lora_rank, config.lora_alpha));
    kernel = this->emit_kernel(b, kernel);
    const ops::Value bias = config.use_bias ? b.variable(bias_) : ops::Value{};
    return b.conv(x, kernel, bias, this->conv_args(b.dims(x), config.groups));
  }

  Variable kernel_, bias_, lora_a_, lora_b_;
};

}  // namespace

Conv1D::Conv1D(Conv1DConfig config, source_location location)
    : Layer(make_layer<ConvImpl<1>>(std::move(config), location)) {}
Conv2D::Conv2D(Conv2DConfig config, source_location location)
    : Layer(make_layer<ConvImpl<2>>(std::move(config), location)) {}
Conv3D::Conv3D(Conv3DConfig config, source_location location)
    : Layer(make_layer<ConvImpl<3>>(std::move(config), location)) {}

std::vector<LayerClass> conv_classes() {
  return {layer_class<ConvImpl<1>>("Conv1D"), layer_class<ConvImpl<2>>("Conv2D"), layer_class<ConvImpl<3>>("Conv3D")};
}

}  // namespace graft
