#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of GlobalAveragePooling2D, in the order of keras.layers.GlobalAveragePooling2D.
struct GlobalAveragePooling2DConfig {
  DataFormat data_format = "channels_last";
  bool keepdims = false;  ///< keeps height and width, as 1
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// The mean over all pixels, channel by channel.
///
/// Input    (N, H, W, C)
/// Output   (N, C), or (N, 1, 1, C) with keepdims
/// Throws   ShapeError if the rank is not 4
/// Source   keras.layers.GlobalAveragePooling2D
class GlobalAveragePooling2D : public Layer {
 public:
  explicit GlobalAveragePooling2D(GlobalAveragePooling2DConfig config = {},
                                  source_location location = source_location::current());
};

/// Settings of GlobalMaxPooling2D, in the order of keras.layers.GlobalMaxPooling2D.
struct GlobalMaxPooling2DConfig {
  DataFormat data_format = "channels_last";
  bool keepdims = false;  ///< keeps height and width, as 1
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// The largest value of all pixels, channel by channel.
///
/// Input    (N, H, W, C)
/// Output   (N, C), or (N, 1, 1, C) with keepdims
/// Throws   ShapeError if the rank is not 4
/// Source   keras.layers.GlobalMaxPooling2D
class GlobalMaxPooling2D : public Layer {
 public:
  explicit GlobalMaxPooling2D(GlobalMaxPooling2DConfig config = {},
                              source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> global_pooling2d_classes();

}  // namespace graft
