#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of ZeroPadding1D, ZeroPadding2D and ZeroPadding3D, in the order of keras.layers.ZeroPadding2D.
template <size_t rank>
struct ZeroPaddingConfig {
  /// Steps added, {before, after}; rows and columns, {{top, bottom}, {left, right}}; or layers, rows and columns.
  Sides<rank> padding = 1;
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};
using ZeroPadding1DConfig = ZeroPaddingConfig<1>;
using ZeroPadding2DConfig = ZeroPaddingConfig<2>;
using ZeroPadding3DConfig = ZeroPaddingConfig<3>;

// Input    (N, T, C), (N, H, W, C) or (N, D, H, W, C); of data_format "channels_first" (N, C, ...)
// Output   the same with more pixels: top + H + bottom
// Throws   ConfigError for a negative number; ShapeError if the rank is another
// Source   keras.layers.ZeroPadding1D, ZeroPadding2D, ZeroPadding3D

/// Adds zeros around series.
class ZeroPadding1D : public Layer {
 public:
  explicit ZeroPadding1D(ZeroPadding1DConfig config = {}, source_location location = source_location::current());
};

/// Adds zeros around images.
class ZeroPadding2D : public Layer {
 public:
  explicit ZeroPadding2D(ZeroPadding2DConfig config = {}, source_location location = source_location::current());
};

/// Adds zeros around volumes.
class ZeroPadding3D : public Layer {
 public:
  explicit ZeroPadding3D(ZeroPadding3DConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> zero_padding_classes();

}  // namespace graft
