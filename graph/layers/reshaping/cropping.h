#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Cropping1D, in the order of keras.layers.Cropping1D.
struct Cropping1DConfig {
  Sides1D cropping = 1;  ///< steps removed: {before, after}
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Settings of Cropping2D, in the order of keras.layers.Cropping2D.
struct Cropping2DConfig {
  Sides2D cropping = 0;  ///< rows and columns removed: {{top, bottom}, {left, right}}
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Settings of Cropping3D, in the order of keras.layers.Cropping3D.
struct Cropping3DConfig {
  Sides3D cropping = 1;  ///< layers, rows and columns removed: {{front, back}, {top, bottom}, {left, right}}
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};

// Input    (N, T, C), (N, H, W, C) or (N, D, H, W, C); of data_format "channels_first" (N, C, ...)
// Output   the same with fewer pixels: H - top - bottom
// Throws   ConfigError for a negative number; ShapeError if the rank is another or nothing would be left
// Source   keras.layers.Cropping1D, Cropping2D, Cropping3D

/// Returns the inner part of series.
class Cropping1D : public Layer {
 public:
  explicit Cropping1D(Cropping1DConfig config = {}, source_location location = source_location::current());
};

/// Returns the inner part of images.
class Cropping2D : public Layer {
 public:
  explicit Cropping2D(Cropping2DConfig config = {}, source_location location = source_location::current());
};

/// Returns the inner part of volumes.
class Cropping3D : public Layer {
 public:
  explicit Cropping3D(Cropping3DConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> cropping_classes();

}  // namespace graft
