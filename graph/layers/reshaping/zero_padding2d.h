#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of ZeroPadding2D, in the order of keras.layers.ZeroPadding2D.
struct ZeroPadding2DConfig {
  Sides2D padding = 1;  ///< rows and columns added: {{top, bottom}, {left, right}}
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Adds zeros around an image.
///
/// Input    (N, H, W, C)
/// Output   (N, top + H + bottom, left + W + right, C)
/// Throws   ConfigError for a negative number; ShapeError if the rank is not 4
/// Source   keras.layers.ZeroPadding2D
class ZeroPadding2D : public Layer {
 public:
  explicit ZeroPadding2D(ZeroPadding2DConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> zero_padding2d_classes();

}  // namespace graft
