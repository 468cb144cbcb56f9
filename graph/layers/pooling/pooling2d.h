#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of MaxPooling2D, in the order of keras.layers.MaxPooling2D.
struct MaxPooling2DConfig {
  Size2D pool_size = 2;         ///< (height, width) of a window in pixels
  OptionalSize2D strides = {};  ///< pixels from one window to the next; none: pool_size
  Padding padding = "valid";    ///< "valid": whole windows only; "same": output ceil(input / strides)
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// The largest value of every window, channel by channel.
///
/// Input    (N, H, W, C)
/// Output   (N, P, Q, C); "same": P = ceil(H / sh); "valid": P = floor((H - ph) / sh) + 1
/// Throws   ConfigError for a size below 1; ShapeError if the rank is not 4 or the output would be empty
/// Source   keras.layers.MaxPooling2D. Padding never wins.
class MaxPooling2D : public Layer {
 public:
  explicit MaxPooling2D(MaxPooling2DConfig config = {}, source_location location = source_location::current());
};

/// Settings of AveragePooling2D, in the order of keras.layers.AveragePooling2D.
struct AveragePooling2DConfig {
  Size2D pool_size = 2;         ///< (height, width) of a window in pixels
  OptionalSize2D strides = {};  ///< pixels from one window to the next; none: pool_size
  Padding padding = "valid";    ///< "valid": whole windows only; "same": output ceil(input / strides)
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// The mean of every window, channel by channel; padding does not count.
///
/// Input    (N, H, W, C)
/// Output   (N, P, Q, C); "same": P = ceil(H / sh); "valid": P = floor((H - ph) / sh) + 1
/// Throws   ConfigError for a size below 1; ShapeError if the rank is not 4 or the output would be empty
/// Source   keras.layers.AveragePooling2D
class AveragePooling2D : public Layer {
 public:
  explicit AveragePooling2D(AveragePooling2DConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> pooling2d_classes();

}  // namespace graft
