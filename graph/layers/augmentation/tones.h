#pragma once

#include "graft/graph/layers/augmentation/settings.h"

namespace graft {

/// Settings of AutoContrast, in the order of keras.layers.AutoContrast.
struct AutoContrastConfig {
  Range value_range = {0, 255};  ///< the darkest and the brightest value of the images
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Stretches each channel of each image, so that it reaches from the lower to the upper end of value_range; one whose
/// pixels are all equal stays as it is. It acts in inference too.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ShapeError if the rank is not 4
/// Source   keras.layers.AutoContrast
class AutoContrast : public Layer {
 public:
  explicit AutoContrast(AutoContrastConfig config = {}, source_location location = source_location::current());
};

/// Settings of RandomBrightness, in the order of keras.layers.RandomBrightness.
struct RandomBrightnessConfig {
  Range factor;                      ///< of the width of value_range; one number is both signs, in [-1, 1]
  Range value_range = {0, 255};      ///< the darkest and the brightest value of the images
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training adds one number to each image, drawn from `factor` times the width of value_range, and clips to that.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomBrightness
class RandomBrightness : public Layer {
 public:
  explicit RandomBrightness(RandomBrightnessConfig config, source_location location = source_location::current());
};

/// Settings of RandomContrast, in the order of keras.layers.RandomContrast.
struct RandomContrastConfig {
  Range factor;                      ///< (lower, upper), in [0, 1]; one number f is (0, f)
  Range value_range = {0, 255};      ///< the darkest and the brightest value of the images
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training multiplies the distances of pixels from the mean of their channel by a number that is drawn for each
/// image from [1 - lower, 1 + upper], and clips to value_range.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomContrast
class RandomContrast : public Layer {
 public:
  explicit RandomContrast(RandomContrastConfig config, source_location location = source_location::current());
};

/// Settings of RandomInvert, in the order of keras.layers.RandomInvert.
struct RandomInvertConfig {
  Range factor = 1;              ///< the probability for an image is drawn from it, in [0, 1]; one number f is (0, f)
  Range value_range = {0, 255};  ///< the darkest and the brightest value of the images
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training gives the negative of images: the upper end of value_range minus the pixel.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomInvert
class RandomInvert : public Layer {
 public:
  explicit RandomInvert(RandomInvertConfig config = {}, source_location location = source_location::current());
};

/// Settings of RandomPosterization, in the order of keras.layers.RandomPosterization.
struct RandomPosterizationConfig {
  Range factor;                  ///< bits, in [1, 8]; one number n is (1, n)
  Range value_range = {0, 255};  ///< the darkest and the brightest value of the images
  DataFormat data_format = "channels_last";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training keeps only the first bits of the 8 of each pixel; their number is drawn for each image, from the lower
/// end of `factor` to below the upper.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomPosterization
class RandomPosterization : public Layer {
 public:
  explicit RandomPosterization(RandomPosterizationConfig config, source_location location = source_location::current());
};

/// Settings of Solarization, in the order of keras.layers.Solarization.
struct SolarizationConfig {
  Range addition_factor = 0;         ///< in [0, 1], of which 1 is 255; one number f is (0, f)
  Range threshold_factor = 0;        ///< likewise
  Range value_range = {0, 255};      ///< the darkest and the brightest value of the images
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training adds a number to each image and turns pixels that are then above another number into their negatives.
/// Both are drawn for each image, on a scale from 0 to 255.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.Solarization
class Solarization : public Layer {
 public:
  explicit Solarization(SolarizationConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> tone_classes();

}  // namespace graft
