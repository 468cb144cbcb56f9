#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

// What the layers of series (rank 1), images (rank 2) and volumes (rank 3) have in common: they work along the spatial
// axes of (N, spatial..., C), or of (N, C, spatial...) where data_format is "channels_first".

/// The shape of such a batch.
struct SpatialShape {
  int64_t batch;
  ops::Dims sizes;  ///< along the spatial axes, from the outermost; none may be left, as after a global pooling
  int64_t channels;
  bool channels_first = false;

  /// Throws ShapeError unless the shape has `rank` spatial axes.
  static SpatialShape of(const Shape& shape, size_t rank, bool channels_first);
  Shape shape() const;  ///< in Keras's order
  /// The axis of Keras's shape that a spatial axis is.
  int64_t axis(size_t spatial) const { return static_cast<int64_t>(spatial) + (channels_first ? 2 : 1); }
  /// The channels that weights are made for. Throws ShapeError where their number is unknown.
  int64_t known_channels() const;
};

/// A dimension that grows by a number of pixels; an unknown one stays unknown.
inline int64_t grown(int64_t pixels, int64_t by) { return pixels == Shape::none ? pixels : pixels + by; }
/// A dimension that grows by a factor.
inline int64_t multiplied(int64_t pixels, int64_t by) { return pixels == Shape::none ? pixels : pixels * by; }

/// The Value of a tensor of this data_format as convolutions want it, (N, C, spatial...), and back. For "channels_last"
/// it is that already.
ops::Value to_spatial(ops::Builder& builder, ops::Value x, bool channels_first);
ops::Value from_spatial(ops::Builder& builder, ops::Value x, bool channels_first);

/// A layer along the spatial axes that is the same for both data formats: it sees SpatialShapes and Values
/// (N, C, spatial...).
template <class Config, size_t rank>
class SpatialLayer : public ConfiguredLayer<Config> {
 public:
  using ConfiguredLayer<Config>::ConfiguredLayer;
  using ConfiguredLayer<Config>::config;

  virtual SpatialShape infer_spatial(const SpatialShape& input) const = 0;
  virtual ops::Value emit_spatial(ops::Builder& builder, ops::Value x, const CallArguments& arguments) const = 0;

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    return {infer_spatial(SpatialShape::of(inputs[0], rank, channels_first())).shape()};
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    const ops::Value y = emit_spatial(b, to_spatial(b, inputs[0], channels_first()), arguments);
    return {from_spatial(b, y, channels_first())};
  }

  void check_built(std::span<const Shape> inputs) const override {
    if (!channels_first()) return LayerImpl::check_built(inputs);
    if (this->weights.empty()) return;
    const SpatialShape first = SpatialShape::of(this->built_for()[0], rank, true);
    const SpatialShape now = SpatialShape::of(inputs[0], rank, true);
    if (first.channels != now.channels)
      throw ShapeError(cat("the weights were made for input ", first.shape(),
                           ", so the number of channels must be the ", "same; received ", inputs[0]));
  }

 protected:
  bool channels_first() const {
    if constexpr (requires { this->config.data_format; })
      return config.data_format == "channels_first";
    else
      return false;
  }
};

/// The function of the ops floor for Keras's name of it.
ops::Interpolation interpolation_of(const InterpolationName& name);

/// How windows move along the spatial axes, with a number for each.
struct WindowSettings {
  ops::Dims kernel, strides, dilation;
  std::string padding;  ///< "valid", "same" or "causal"
};
/// The windows along the spatial axes: their number and the pixels of padding.
struct Windows {
  ops::Dims output, before, after;
};
/// "same": ceil(size / stride) windows, and an odd pixel of padding is added after; "causal": as many, and all padding
/// is before; "valid": no padding. Where a size is unknown, so is the output, and the padding is 0. Throws ShapeError
/// for an empty output.
Windows windows_over(const ops::Dims& sizes, const WindowSettings& settings);

}  // namespace graft
