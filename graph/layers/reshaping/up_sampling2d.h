#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of UpSampling2D, in the order of keras.layers.UpSampling2D.
struct UpSampling2DConfig {
  Size2D size = 2;  ///< output pixels per input pixel, (rows, columns)
  DataFormat data_format = "channels_last";
  InterpolationName interpolation = "nearest";  ///< "nearest", or "bilinear" between half-pixel centres
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Enlarges an image.
///
/// Input    (N, H, W, C)
/// Output   (N, H size.height, W size.width, C)
/// Throws   ConfigError for a size below 1; ShapeError if the rank is not 4
/// Source   keras.layers.UpSampling2D
class UpSampling2D : public Layer {
 public:
  explicit UpSampling2D(UpSampling2DConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> up_sampling2d_classes();

}  // namespace graft
