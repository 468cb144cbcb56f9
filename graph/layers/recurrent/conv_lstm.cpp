#include "graft/graph/layers/recurrent/conv_lstm.h"

#include <algorithm>

#include "graft/graph/layers/base/activations.h"
#include "graft/graph/layers/base/spatial.h"
#include "graft/graph/layers/recurrent/flat_rnn.h"

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;
using ops::Values;

template <size_t rank>
void ConvLSTMConfig<rank>::fields(FieldVisitor& field) {
  walk_fields(field, *this);
  field("filters", filters);
  field.require("kernel_size");
  field("kernel_size", kernel_size);
  field("strides", strides);
  field("padding", padding);
  field("data_format", data_format);
  field("dilation_rate", dilation_rate);
  field("activation", activation);
  field("recurrent_activation", recurrent_activation);
  cell_fields(field, *this);
  field("activity_regularizer", activity_regularizer);
}

namespace {

/// The cell of ConvLSTM, which Keras has no name for in files. Values of steps are (N, C, spatial...) inside.
template <size_t rank>
class ConvLSTMCellImpl final : public CellImpl {
 public:
  explicit ConvLSTMCellImpl(ConvLSTMConfig<rank> given) : config(std::move(given)) { config.activity_regularizer = {}; }
  std::string class_name() const override { return cat("ConvLSTM", rank, "DCell"); }
  std::shared_ptr<LayerImpl> fresh() const override { return std::make_shared<ConvLSTMCellImpl>(config); }

  void check() const override {
    check_at_least("filters", config.filters, 1);
    check_at_least("kernel_size", config.kernel_size, 1);
    check_strides(config.strides.values, config.dilation_rate.values);
    check_fraction("dropout", config.dropout);
    check_fraction("recurrent_dropout", config.recurrent_dropout);
  }

  void check_step(const Shape& step) const override {
    const SpatialShape shape = SpatialShape::of(step, rank, channels_first());
    shape.known_channels();
    for (const int64_t size : shape.sizes)
      if (size == Shape::none)
        throw ShapeError(cat("the spatial dimensions must be known, since the state has them; received ", step));
  }

  std::vector<Shape> state_shapes(const Shape& step) const override {
    SpatialShape state = SpatialShape::of(step, rank, channels_first());
    state.sizes = windows(state.sizes).output;
    state.channels = config.filters;
    return {state.shape(), state.shape()};
  }

  void build(std::span<const Shape> inputs) override {
    const int64_t channels = SpatialShape::of(inputs[0], rank, channels_first()).channels;
    kernel_ = add_weight("kernel", kernel_shape(channels), config.kernel_initializer, config.kernel_regularizer, true,
                         config.kernel_constraint);
    recurrent_kernel_ = add_weight("recurrent_kernel", kernel_shape(config.filters), config.recurrent_initializer,
                                   config.recurrent_regularizer, true, config.recurrent_constraint);
    if (!config.use_bias) return;
    bias_ = add_weight("bias", {4 * config.filters}, config.bias_initializer, config.bias_regularizer, true,
                       config.bias_constraint);
    if (config.unit_forget_bias) begin_forget_gate(bias_, config.filters);
  }

  void check_built(std::span<const Shape> inputs) const override {
    const int64_t channels = SpatialShape::of(inputs[0], rank, channels_first()).channels;
    if (channels != kernel_.shape()[-2])
      throw ShapeError(cat("the weights were made for ", kernel_.shape()[-2], " channels; received ", inputs[0]));
  }

  CellMasks draw_masks(Builder& b, const Dims& step) const override {
    CellMasks masks;
    const auto draw = [&](const Dims& dims, double rate, Values& drawn) {
      for (int gate = 0; rate > 0 && gate < 4; ++gate) drawn.push_back(dropout_mask(b, dims, rate));
    };
    draw(step, config.dropout, masks.input);
    draw(state_shapes(Shape(step))[0].dims(), config.recurrent_dropout, masks.recurrent);
    return masks;
  }

  Value project(Builder& b, Value inputs, const CellMasks& masks) const override {
    const Value x = to_spatial(b, inputs, channels_first());
    const Windows over = windows({b.dims(x).begin() + 2, b.dims(x).end()});
    ops::ConvArgs args{config.strides.list(), config.dilation_rate.list(), over.before, over.after};
    for (int64_t& dilation : args.dilates) --dilation;
    const Value y = convolution(b, x, kernel_, masks.input, args);
    return config.use_bias ? b.bias(y, b.variable(bias_)) : y;
  }

  CellStep advance(Builder& b, Value projected, const Values& states, const CellMasks& masks) const override {
    const Value h = to_spatial(b, states[0], channels_first()), c = to_spatial(b, states[1], channels_first());
    const Value gates = b.add(projected, convolution(b, h, recurrent_kernel_, masks.recurrent, same_args(b, h)));
    const Value in = emit_activation(b, config.recurrent_activation, gate(b, gates, 0));
    const Value forget = emit_activation(b, config.recurrent_activation, gate(b, gates, 1));
    const Value carry = b.add(b.mul(forget, c), b.mul(in, emit_activation(b, config.activation, gate(b, gates, 2))));
    const Value out = emit_activation(b, config.recurrent_activation, gate(b, gates, 3));
    const Value next = from_spatial(b, b.mul(out, emit_activation(b, config.activation, carry)), channels_first());
    return {next, {next, from_spatial(b, carry, channels_first())}};
  }

  ConvLSTMConfig<rank> config;

 private:
  bool channels_first() const { return config.data_format == "channels_first"; }

  Windows windows(const Dims& sizes) const {
    return windows_over(
        sizes, {config.kernel_size.list(), config.strides.list(), config.dilation_rate.list(), config.padding.str()});
  }

  Shape kernel_shape(int64_t channels) const {
    Dims dims = config.kernel_size.list();
    dims.insert(dims.end(), {channels, 4 * config.filters});
    return Shape(dims);
  }

  ops::ConvArgs same_args(const Builder& b, Value h) const {
    const Dims ones(rank, 1);
    const Windows over =
        windows_over({b.dims(h).begin() + 2, b.dims(h).end()}, {config.kernel_size.list(), ones, ones, "same"});
    return {ones, Dims(rank, 0), over.before, over.after};
  }

  // (N, 4 filters, spatial...): all gates at once, or each with the input times its mask.
  Value convolution(Builder& b, Value x, const Variable& kernel, const Values& masks, const ops::ConvArgs& args) const {
    const int last = static_cast<int>(rank) + 1;
    std::vector<int> order{last, last - 1};
    for (int axis = 0; axis < static_cast<int>(rank); ++axis) order.push_back(axis);
    const Value weights_oihw = b.transpose(b.variable(kernel), order);
    if (masks.empty()) return b.conv(x, weights_oihw, {}, args);
    Values gates;
    for (size_t g = 0; g < masks.size(); ++g) {
      Dims begin(rank + 2, 0), sizes = b.dims(weights_oihw);
      begin[0] = static_cast<int64_t>(g) * config.filters;
      sizes[0] = config.filters;
      const Value masked = b.mul(x, to_spatial(b, masks[g], channels_first()));
      gates.push_back(b.conv(masked, b.slice(weights_oihw, begin, sizes), {}, args));
    }
    return b.concat(gates, 1);
  }

  Value gate(Builder& b, Value gates, int64_t number) const {
    Dims begin(rank + 2, 0), sizes = b.dims(gates);
    begin[1] = number * config.filters;
    sizes[1] = config.filters;
    return b.slice(gates, begin, sizes);
  }

  Variable kernel_, recurrent_kernel_, bias_;
};

template <size_t rank>
using ConvLSTMImpl = FlatRNNImpl<ConvLSTMConfig<rank>, ConvLSTMCellImpl<rank>>;

}  // namespace

ConvLSTM1D::ConvLSTM1D(ConvLSTM1DConfig config, source_location location)
    : RecurrentLayer(make_layer<ConvLSTMImpl<1>>(std::move(config), location)) {}
ConvLSTM2D::ConvLSTM2D(ConvLSTM2DConfig config, source_location location)
    : RecurrentLayer(make_layer<ConvLSTMImpl<2>>(std::move(config), location)) {}
ConvLSTM3D::ConvLSTM3D(ConvLSTM3DConfig config, source_location location)
    : RecurrentLayer(make_layer<ConvLSTMImpl<3>>(std::move(config), location)) {}

std::vector<LayerClass> conv_lstm_classes() {
  return {layer_class<ConvLSTMImpl<1>>("ConvLSTM1D"), layer_class<ConvLSTMImpl<2>>("ConvLSTM2D"),
          layer_class<ConvLSTMImpl<3>>("ConvLSTM3D")};
}

}  // namespace graft
