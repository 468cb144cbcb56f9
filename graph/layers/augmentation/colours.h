#pragma once

#include "graft/graph/layers/augmentation/settings.h"

namespace graft {

/// Settings of RandomColorDegeneration, in the order of keras.layers.RandomColorDegeneration.
struct RandomColorDegenerationConfig {
  Range factor;                  ///< the share of the grey image, in [-1, 1]; one number is both signs
  Range value_range = {0, 255};  ///< the darkest and the brightest value of the images
  DataFormat data_format = "channels_last";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training mixes each image with its grey one, with a share that is drawn from `factor`, and clips to
/// value_range.
///
/// Input    (N, H, W, 3); with data_format "channels_first" (N, 3, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomColorDegeneration
class RandomColorDegeneration : public Layer {
 public:
  explicit RandomColorDegeneration(RandomColorDegenerationConfig config,
                                   source_location location = source_location::current());
};

/// Settings of RandomColorJitter, in the order of keras.layers.RandomColorJitter.
struct RandomColorJitterConfig {
  Range value_range = {0, 255};                 ///< the darkest and the brightest value of the images
  std::optional<Range> brightness_factor = {};  ///< of RandomBrightness
  std::optional<Range> contrast_factor = {};    ///< of RandomContrast
  std::optional<Range> saturation_factor = {};  ///< of RandomSaturation
  std::optional<Range> hue_factor = {};         ///< of RandomHue
  std::optional<int64_t> seed = {};             ///< kept for files: draws follow the seed of the run and the call
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training RandomBrightness, RandomContrast, RandomSaturation and RandomHue one after the other, each where its
/// factor is given.
///
/// Input    (N, H, W, 3); with data_format "channels_first" (N, 3, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomColorJitter
class RandomColorJitter : public Layer {
 public:
  explicit RandomColorJitter(RandomColorJitterConfig config = {},
                             source_location location = source_location::current());
};

/// Settings of RandomGrayscale, in the order of keras.layers.RandomGrayscale.
struct RandomGrayscaleConfig {
  double factor = 0.5;  ///< the probability, in [0, 1]
  DataFormat data_format = "channels_last";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training makes images grey, each with the probability `factor`.
///
/// Input    (N, H, W, 3); with data_format "channels_first" (N, 3, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomGrayscale
class RandomGrayscale : public Layer {
 public:
  explicit RandomGrayscale(RandomGrayscaleConfig config = {}, source_location location = source_location::current());
};

/// Settings of RandomHue, in the order of keras.layers.RandomHue.
struct RandomHueConfig {
  Range factor;                  ///< in [0, 1]; one number f is (0, f)
  Range value_range = {0, 255};  ///< the darkest and the brightest value of the images
  DataFormat data_format = "channels_last";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training turns the hues of each image by a part of the circle of colours, half of what is drawn from `factor`,
/// in either direction.
///
/// Input    (N, H, W, 3); with data_format "channels_first" (N, 3, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomHue
class RandomHue : public Layer {
 public:
  explicit RandomHue(RandomHueConfig config, source_location location = source_location::current());
};

/// Settings of RandomSaturation, in the order of keras.layers.RandomSaturation.
struct RandomSaturationConfig {
  Range factor;                  ///< 0 makes grey and 0.5 changes nothing; in [-1, 1], one number is both signs
  Range value_range = {0, 255};  ///< saturations are clipped to it
  DataFormat data_format = "channels_last";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training multiplies the saturation of each image by f / (1 - f), where f is drawn from `factor`.
///
/// Input    (N, H, W, 3); with data_format "channels_first" (N, 3, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomSaturation
class RandomSaturation : public Layer {
 public:
  explicit RandomSaturation(RandomSaturationConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> colour_classes();

}  // namespace graft
