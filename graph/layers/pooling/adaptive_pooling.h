#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of the adaptive poolings, in the order of keras.layers.AdaptiveMaxPooling2D.
template <size_t rank>
struct AdaptivePoolingConfig {
  Size<rank> output_size;  ///< steps, (height, width) in pixels, ...; one number for all
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};
using AdaptiveAveragePooling1DConfig = AdaptivePoolingConfig<1>;
using AdaptiveAveragePooling2DConfig = AdaptivePoolingConfig<2>;
using AdaptiveAveragePooling3DConfig = AdaptivePoolingConfig<3>;
using AdaptiveMaxPooling1DConfig = AdaptivePoolingConfig<1>;
using AdaptiveMaxPooling2DConfig = AdaptivePoolingConfig<2>;
using AdaptiveMaxPooling3DConfig = AdaptivePoolingConfig<3>;

// Poolings to a size that is given, channel by channel. Of H pixels, window p of P has those from floor(p H / P) to
// before ceil((p + 1) H / P).
//
// Input    (N, T, C), (N, H, W, C) or (N, D, H, W, C); of data_format "channels_first" (N, C, ...)
// Output   the same with output_size pixels
// Throws   ConfigError for a size below 1; ShapeError if the rank is another
// Source   keras.layers.AdaptiveAveragePooling1D and its like

/// The mean of every window of series; the windows share all steps as evenly as possible.
class AdaptiveAveragePooling1D : public Layer {
 public:
  explicit AdaptiveAveragePooling1D(AdaptiveAveragePooling1DConfig config,
                                    source_location location = source_location::current());
};

/// The mean of every window of images; the windows share all pixels as evenly as possible.
class AdaptiveAveragePooling2D : public Layer {
 public:
  explicit AdaptiveAveragePooling2D(AdaptiveAveragePooling2DConfig config,
                                    source_location location = source_location::current());
};

/// The mean of every window of volumes; the windows share all voxels as evenly as possible.
class AdaptiveAveragePooling3D : public Layer {
 public:
  explicit AdaptiveAveragePooling3D(AdaptiveAveragePooling3DConfig config,
                                    source_location location = source_location::current());
};

/// The largest value of every window of series; the windows share all steps as evenly as possible.
class AdaptiveMaxPooling1D : public Layer {
 public:
  explicit AdaptiveMaxPooling1D(AdaptiveMaxPooling1DConfig config,
                                source_location location = source_location::current());
};

/// The largest value of every window of images; the windows share all pixels as evenly as possible.
class AdaptiveMaxPooling2D : public Layer {
 public:
  explicit AdaptiveMaxPooling2D(AdaptiveMaxPooling2DConfig config,
                                source_location location = source_location::current());
};

/// The largest value of every window of volumes; the windows share all voxels as evenly as possible.
class AdaptiveMaxPooling3D : public Layer {
 public:
  explicit AdaptiveMaxPooling3D(AdaptiveMaxPooling3DConfig config,
                                source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> adaptive_pooling_classes();

}  // namespace graft
