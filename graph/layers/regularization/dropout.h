#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Dropout, in the order of keras.layers.Dropout.
struct DropoutConfig {
  Required<double> rate;             ///< the part of the values that is set to 0, in [0, 1)
  Shape noise_shape = {};            ///< dimensions of 1 share one draw, None is the input's; (): all the input's
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training sets values to 0 at random and divides the others by 1 - rate; in inference does nothing.
///
/// Input    any shape
/// Output   as the input
/// Throws   ConfigError for a rate outside [0, 1); ShapeError for a noise_shape that does not fit
/// Source   keras.layers.Dropout
class Dropout : public Layer {
 public:
  explicit Dropout(DropoutConfig config, source_location location = source_location::current());
  explicit Dropout(double rate, source_location location = source_location::current());
};

/// Settings of SpatialDropout2D, in the order of keras.layers.SpatialDropout2D.
struct SpatialDropout2DConfig {
  Required<double> rate;  ///< the part of the channels that is set to 0, in [0, 1)
  DataFormat data_format = "channels_last";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Dropout of whole channels.
///
/// Input    (N, H, W, C)
/// Output   as the input
/// Throws   ConfigError for a rate outside [0, 1); ShapeError if the rank is not 4
/// Source   keras.layers.SpatialDropout2D
class SpatialDropout2D : public Layer {
 public:
  explicit SpatialDropout2D(SpatialDropout2DConfig config, source_location location = source_location::current());
};

/// Settings of GaussianNoise, in the order of keras.layers.GaussianNoise.
struct GaussianNoiseConfig {
  Required<double> stddev;           ///< deviation of the noise
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training adds normal noise of mean 0; in inference does nothing.
///
/// Input    any shape
/// Output   as the input
/// Throws   ConfigError for a negative deviation
/// Source   keras.layers.GaussianNoise
class GaussianNoise : public Layer {
 public:
  explicit GaussianNoise(GaussianNoiseConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> dropout_classes();

}  // namespace graft
