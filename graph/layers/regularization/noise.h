#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

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

/// Settings of GaussianDropout, in the order of keras.layers.GaussianDropout.
struct GaussianDropoutConfig {
  Required<double> rate;             ///< the deviation of the factors is sqrt(rate / (1 - rate)); in [0, 1)
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training multiplies each value by a normal number of mean 1; in inference does nothing.
///
/// Input    any shape
/// Output   as the input
/// Throws   ConfigError for a rate outside [0, 1)
/// Source   keras.layers.GaussianDropout
class GaussianDropout : public Layer {
 public:
  explicit GaussianDropout(GaussianDropoutConfig config, source_location location = source_location::current());
};

/// Settings of AlphaDropout, in the order of keras.layers.AlphaDropout.
struct AlphaDropoutConfig {
  Required<double> rate;             ///< the part of the values that is replaced, in [0, 1)
  Shape noise_shape = {};            ///< dimensions of 1 share one draw, None is the input's; (): all the input's
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training replaces values by the limit of selu far below 0, and scales and shifts all so that mean and variance
/// stay; in inference does nothing.
///
/// Input    any shape
/// Output   as the input
/// Throws   ConfigError for a rate outside [0, 1); ShapeError for a noise_shape that does not fit
/// Source   keras.layers.AlphaDropout
class AlphaDropout : public Layer {
 public:
  explicit AlphaDropout(AlphaDropoutConfig config, source_location location = source_location::current());
};

/// Settings of ActivityRegularization, in the order of keras.layers.ActivityRegularization.
struct ActivityRegularizationConfig {
  double l1 = 0, l2 = 0;  ///< the penalty on the inputs: l1 sum|x| + l2 sum x^2
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Gives its input, whose size training adds to the loss.
///
/// Input    any shape
/// Output   as the input
/// Source   keras.layers.ActivityRegularization
class ActivityRegularization : public Layer {
 public:
  explicit ActivityRegularization(ActivityRegularizationConfig config = {},
                                  source_location location = source_location::current());
};

/// The dims of a layer's draws for an input: those of noise_shape, in which None is the input's; of () the input's.
/// Throws ShapeError for a noise_shape that does not broadcast to the input.
Shape noise_dims(const Shape& noise_shape, const Shape& input);

/// Describes the setting noise_shape; () is None in files.
void noise_shape_field(FieldVisitor& field, Shape& noise_shape);

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> noise_classes();

}  // namespace graft
