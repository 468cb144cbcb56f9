#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Dropout, in the order of keras.layers.Dropout.
struct DropoutConfig {
  Required<double> rate;             ///< the part of the values that is set to 0, in [0, 1]
  Shape noise_shape = {};            ///< dimensions of 1 share one draw, None is the input's; (): all the input's
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training sets values to 0 at random and divides the others by 1 - rate; in inference does nothing.
///
/// Input    any shape
/// Output   as the input
/// Throws   ConfigError for a rate outside [0, 1]; ShapeError for a noise_shape that does not fit
/// Source   keras.layers.Dropout
class Dropout : public Layer {
 public:
  explicit Dropout(DropoutConfig config, source_location location = source_location::current());
  explicit Dropout(double rate, source_location location = source_location::current());
};

/// Settings of SpatialDropout1D, in the order of keras.layers.SpatialDropout1D.
struct SpatialDropout1DConfig {
  Required<double> rate;             ///< the part of the channels that is set to 0, in [0, 1]
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Settings of SpatialDropout2D and SpatialDropout3D, in the order of keras.layers.
struct SpatialDropoutConfig {
  Required<double> rate;  ///< the part of the channels that is set to 0, in [0, 1]
  AnyDataFormat data_format = "channels_last";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  std::string name = {};
  void fields(FieldVisitor& field);
};
using SpatialDropout2DConfig = SpatialDropoutConfig;
using SpatialDropout3DConfig = SpatialDropoutConfig;

/// Dropout of whole channels of a sequence.
///
/// Input    (N, T, C)
/// Output   as the input
/// Throws   ConfigError for a rate outside [0, 1]; ShapeError if the rank is not 3
/// Source   keras.layers.SpatialDropout1D
class SpatialDropout1D : public Layer {
 public:
  explicit SpatialDropout1D(SpatialDropout1DConfig config, source_location location = source_location::current());
};

/// Dropout of whole channels of an image.
///
/// Input    (N, H, W, C), or (N, C, H, W) with channels_first
/// Output   as the input
/// Throws   ConfigError for a rate outside [0, 1]; ShapeError if the rank is not 4
/// Source   keras.layers.SpatialDropout2D
class SpatialDropout2D : public Layer {
 public:
  explicit SpatialDropout2D(SpatialDropout2DConfig config, source_location location = source_location::current());
};

/// Dropout of whole channels of a volume.
///
/// Input    (N, D, H, W, C), or (N, C, D, H, W) with channels_first
/// Output   as the input
/// Throws   ConfigError for a rate outside [0, 1]; ShapeError if the rank is not 5
/// Source   keras.layers.SpatialDropout3D
class SpatialDropout3D : public Layer {
 public:
  explicit SpatialDropout3D(SpatialDropout3DConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> dropout_classes();

}  // namespace graft
