#pragma once

#include "graft/graph/axes.h"
#include "graft/graph/layers/base/activations.h"
#include "graft/graph/layers/base/spatial.h"

namespace graft {

/// Base of the convolutions, with the settings that all have. Series are computed as images of one row, for which
/// oneDNN and the own kernels are fastest, so that sizes and kernels have two axes or three here.
template <class Config, size_t rank>
class ConvLayer : public SpatialLayer<Config, rank> {
 public:
  using Base = SpatialLayer<Config, rank>;
  using Base::Base;
  using Base::config;

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {activation_shape(config.activation, Base::infer(inputs)[0])};
  }

  // An activation along an axis takes Keras's last one, which only in channels_last are the channels.
  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    const ops::Value y = Base::emit(b, inputs, arguments)[0];
    return {this->channels_first() ? emit_activation(b, config.activation, y) : y};
  }

  ops::Value emit_spatial(ops::Builder& b, ops::Value x, const CallArguments&) const override {
    if (rank > 1) return activated(b, emit_conv(b, x));
    const ops::Value y = emit_conv(b, with_rows(b, x));
    const bool counts_axes = config.activation.settings().contains("axis");  // those of a series
    return counts_axes ? activated(b, without_rows(b, y)) : without_rows(b, activated(b, y));
  }

 protected:
  /// From (N, C, sizes...) to (N, filters, sizes...), with the bias and without the activation.
  virtual ops::Value emit_conv(ops::Builder& builder, ops::Value x) const = 0;

  void check_sizes() const {
    check_at_least("kernel_size", config.kernel_size, 1);
    check_strides(config.strides.values, config.dilation_rate.values);
  }

  /// The numbers of a setting along the axes of an image or a volume.
  static ops::Dims along_axes(ops::Dims numbers, int64_t of_rows = 1) {
    if (rank == 1) numbers.insert(numbers.begin(), of_rows);
    return numbers;
  }
  static ops::Dims sizes_of(const ops::Dims& dims) { return {dims.begin() + 2, dims.end()}; }

  WindowSettings window_settings() const {
    return {along_axes(config.kernel_size.list()), along_axes(config.strides.list()),
            along_axes(config.dilation_rate.list()), config.padding.str()};
  }

  /// The shape of the windows' results.
  SpatialShape convolved(const SpatialShape& input, int64_t filters) const {
    SpatialShape out{input.batch, windows_over(along_axes(input.sizes), window_settings()).output, filters,
                     input.channels_first};
    if (rank == 1) out.sizes.erase(out.sizes.begin());
    return out;
  }

  /// The settings of a convolution of a Value (N, C, sizes...).
  ops::ConvArgs conv_args(const ops::Dims& dims, int64_t groups) const {
    const WindowSettings settings = window_settings();
    const Windows windows = windows_over(sizes_of(dims), settings);
    return {settings.strides, dilates(settings), windows.before, windows.after, groups};
  }
  static ops::Dims dilates(const WindowSettings& settings) {
    ops::Dims out = settings.dilation;
    for (int64_t& dilation : out) --dilation;
    return out;
  }

  /// Keras's shape of a kernel: the sizes, then `channels`, then `filters`.
  Shape kernel_shape(int64_t channels, int64_t filters) const {
    ops::Dims dims = config.kernel_size.list();
    dims.insert(dims.end(), {channels, filters});
    return Shape(dims);
  }

  /// A kernel (sizes..., channels, filters) as oneDNN names it: (filters, channels, sizes...). The last two axes may be
  /// counted anew.
  static ops::Value emit_kernel(ops::Builder& b, ops::Value kernel, const ops::Dims& last_two = {}) {
    ops::Dims dims = b.dims(kernel);
    if (rank == 1) dims.insert(dims.begin(), 1);
    std::ranges::copy(last_two, dims.end() - 2);
    const bool same = rank > 1 && last_two.empty();
    std::vector<int> order{static_cast<int>(dims.size()) - 1, static_cast<int>(dims.size()) - 2};
    for (int axis = 0; axis < order[1]; ++axis) order.push_back(axis);
    return b.transpose(same ? kernel : b.reshape(kernel, dims), order);
  }

  /// Each channel by itself, with a kernel (sizes..., C, depth_multiplier): one group per channel.
  ops::Value emit_depthwise(ops::Builder& b, ops::Value x, const Variable& kernel, ops::Value bias) const {
    const int64_t channels = kernel.shape()[-2], filters = channels * kernel.shape()[-1];
    return b.conv(x, emit_kernel(b, b.variable(kernel), {1, filters}), bias, conv_args(b.dims(x), channels));
  }

 private:
  ops::Value activated(ops::Builder& b, ops::Value y) const {
    return this->channels_first() ? y : emit_activation(b, config.activation, y);
  }

  static ops::Value with_rows(ops::Builder& b, ops::Value series) {
    const ops::Dims& d = b.dims(series);
    return reshape_keras(b, series, {d[0], 1, d[2], d[1]});
  }
  static ops::Value without_rows(ops::Builder& b, ops::Value image) {
    const ops::Dims& d = b.dims(image);
    return reshape_keras(b, image, {d[0], d[3], d[1]});
  }
};

}  // namespace graft
