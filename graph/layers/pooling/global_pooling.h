#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of the poolings over all pixels, in the order of keras.layers.GlobalMaxPooling2D.
struct GlobalPoolingConfig {
  DataFormat data_format = "channels_last";
  bool keepdims = false;  ///< keeps the spatial axes, with size 1
  std::string name = {};
  void fields(FieldVisitor& field);
};
using GlobalAveragePooling1DConfig = GlobalPoolingConfig;
using GlobalAveragePooling2DConfig = GlobalPoolingConfig;
using GlobalAveragePooling3DConfig = GlobalPoolingConfig;
using GlobalMaxPooling1DConfig = GlobalPoolingConfig;
using GlobalMaxPooling2DConfig = GlobalPoolingConfig;
using GlobalMaxPooling3DConfig = GlobalPoolingConfig;

// Poolings over all pixels, channel by channel.
//
// Input    (N, T, C), (N, H, W, C) or (N, D, H, W, C); of data_format "channels_first" (N, C, ...)
// Output   (N, C), or with keepdims (N, ones..., C), (N, C, ones...)
// Throws   ShapeError if the rank is another
// Source   keras.layers.GlobalAveragePooling1D and its like

/// The mean of all steps of series. A mask (N, T) says which steps count.
class GlobalAveragePooling1D : public Layer {
 public:
  explicit GlobalAveragePooling1D(GlobalAveragePooling1DConfig config = {},
                                  source_location location = source_location::current());
};

/// The mean of all pixels of images.
class GlobalAveragePooling2D : public Layer {
 public:
  explicit GlobalAveragePooling2D(GlobalAveragePooling2DConfig config = {},
                                  source_location location = source_location::current());
};

/// The mean of all voxels of volumes.
class GlobalAveragePooling3D : public Layer {
 public:
  explicit GlobalAveragePooling3D(GlobalAveragePooling3DConfig config = {},
                                  source_location location = source_location::current());
};

/// The largest value of all steps of series.
class GlobalMaxPooling1D : public Layer {
 public:
  explicit GlobalMaxPooling1D(GlobalMaxPooling1DConfig config = {},
                              source_location location = source_location::current());
};

/// The largest value of all pixels of images.
class GlobalMaxPooling2D : public Layer {
 public:
  explicit GlobalMaxPooling2D(GlobalMaxPooling2DConfig config = {},
                              source_location location = source_location::current());
};

/// The largest value of all voxels of volumes.
class GlobalMaxPooling3D : public Layer {
 public:
  explicit GlobalMaxPooling3D(GlobalMaxPooling3DConfig config = {},
                              source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> global_pooling_classes();

}  // namespace graft
