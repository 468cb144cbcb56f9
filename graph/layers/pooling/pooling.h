#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of MaxPooling1D to 3D and AveragePooling1D to 3D, in the order of keras.layers.MaxPooling2D.
template <size_t rank>
struct PoolingConfig {
  Size<rank> pool_size = 2;         ///< steps, (height, width) in pixels, ... of a window; one number for all
  OptionalSize<rank> strides = {};  ///< pixels from one window to the next; none: pool_size
  Padding padding = "valid";        ///< "valid": whole windows only; "same": output ceil(input / strides)
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};
using MaxPooling1DConfig = PoolingConfig<1>;
using MaxPooling2DConfig = PoolingConfig<2>;
using MaxPooling3DConfig = PoolingConfig<3>;
using AveragePooling1DConfig = PoolingConfig<1>;
using AveragePooling2DConfig = PoolingConfig<2>;
using AveragePooling3DConfig = PoolingConfig<3>;

// Poolings of windows, channel by channel.
//
// Input    (N, T, C), (N, H, W, C) or (N, D, H, W, C); of data_format "channels_first" (N, C, ...)
// Output   the same with fewer pixels; "same": P = ceil(H / sh); "valid": P = floor((H - ph) / sh) + 1
// Throws   ConfigError for a size below 1; ShapeError if the rank is another or the output would be empty
// Source   keras.layers.MaxPooling1D and its like. Padding never is the largest value, and does not count in a mean.

/// The largest value of every window of series.
class MaxPooling1D : public Layer {
 public:
  explicit MaxPooling1D(MaxPooling1DConfig config = {}, source_location location = source_location::current());
};

/// The largest value of every window of images.
class MaxPooling2D : public Layer {
 public:
  explicit MaxPooling2D(MaxPooling2DConfig config = {}, source_location location = source_location::current());
};

/// The largest value of every window of volumes.
class MaxPooling3D : public Layer {
 public:
  explicit MaxPooling3D(MaxPooling3DConfig config = {}, source_location location = source_location::current());
};

/// The mean of every window of series.
class AveragePooling1D : public Layer {
 public:
  explicit AveragePooling1D(AveragePooling1DConfig config = {}, source_location location = source_location::current());
};

/// The mean of every window of images.
class AveragePooling2D : public Layer {
 public:
  explicit AveragePooling2D(AveragePooling2DConfig config = {}, source_location location = source_location::current());
};

/// The mean of every window of volumes.
class AveragePooling3D : public Layer {
 public:
  explicit AveragePooling3D(AveragePooling3DConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> pooling_classes();

}  // namespace graft
