#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of UpSampling1D, in the order of keras.layers.UpSampling1D.
struct UpSampling1DConfig {
  int64_t size = 2;  ///< output steps per input step
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Settings of UpSampling2D, in the order of keras.layers.UpSampling2D.
struct UpSampling2DConfig {
  Size2D size = 2;  ///< output pixels per input pixel, (rows, columns)
  DataFormat data_format = "channels_last";
  InterpolationName interpolation =
      "nearest";  ///< "nearest" repeats pixels; the others mix them, between their centres
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Settings of UpSampling3D, in the order of keras.layers.UpSampling3D.
struct UpSampling3DConfig {
  Size3D size = 2;  ///< output voxels per input voxel, (layers, rows, columns)
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};

// Input    (N, T, C), (N, H, W, C) or (N, D, H, W, C); of data_format "channels_first" (N, C, ...)
// Output   the same with size times the pixels along each axis
// Throws   ConfigError for a size below 1; ShapeError if the rank is another
// Source   keras.layers.UpSampling1D, UpSampling2D, UpSampling3D

/// Repeats every step of series.
class UpSampling1D : public Layer {
 public:
  explicit UpSampling1D(UpSampling1DConfig config = {}, source_location location = source_location::current());
};

/// Enlarges images.
class UpSampling2D : public Layer {
 public:
  explicit UpSampling2D(UpSampling2DConfig config = {}, source_location location = source_location::current());
};

/// Repeats every voxel of volumes.
class UpSampling3D : public Layer {
 public:
  explicit UpSampling3D(UpSampling3DConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> up_sampling_classes();

}  // namespace graft
