#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Cropping2D, in the order of keras.layers.Cropping2D.
struct Cropping2DConfig {
  Sides2D cropping = 0;  ///< rows and columns removed: {{top, bottom}, {left, right}}
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Returns the inner part of an image.
///
/// Input    (N, H, W, C)
/// Output   (N, H - top - bottom, W - left - right, C)
/// Throws   ConfigError for a negative number; ShapeError if the rank is not 4 or nothing would be left
/// Source   keras.layers.Cropping2D
class Cropping2D : public Layer {
 public:
  explicit Cropping2D(Cropping2DConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> cropping2d_classes();

}  // namespace graft
