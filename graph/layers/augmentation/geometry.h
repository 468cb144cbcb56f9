#pragma once

#include "graft/graph/layers/augmentation/settings.h"

namespace graft {

/// What RandomFlip mirrors: left and right, top and bottom, or both.
struct FlipModeWords {
  static constexpr std::string_view name = "mode";
  static constexpr std::array<std::string_view, 3> words{"horizontal", "vertical", "horizontal_and_vertical"};
};
using FlipMode = Choice<FlipModeWords>;

/// Settings of RandomFlip, in the order of keras.layers.RandomFlip.
struct RandomFlipConfig {
  FlipMode mode = "horizontal_and_vertical";  ///< the axes, all of which flip together
  std::optional<int64_t> seed = {};           ///< kept for files: draws follow the seed of the run and the call
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training mirrors half of the images, drawn anew for each batch.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomFlip
class RandomFlip : public Layer {
 public:
  explicit RandomFlip(RandomFlipConfig config = {}, source_location location = source_location::current());
};

/// Settings of RandomRotation, in the order of keras.layers.RandomRotation.
struct RandomRotationConfig {
  Range factor;                      ///< in turns, in [-1, 1]; one number is both signs
  AffineFill fill_mode = "reflect";  ///< what is beyond the border
  PixelInterpolation interpolation = "bilinear";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  double fill_value = 0;             ///< beyond the border, of fill_mode "constant"
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training turns each image around its middle, by an angle drawn from `factor`.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomRotation
class RandomRotation : public Layer {
 public:
  explicit RandomRotation(RandomRotationConfig config, source_location location = source_location::current());
};

/// Settings of RandomTranslation, in the order of keras.layers.RandomTranslation.
struct RandomTranslationConfig {
  Range height_factor;               ///< of the height, in [-1, 1]; positive is downwards, one number is both signs
  Range width_factor;                ///< of the width likewise; positive is to the right
  AffineFill fill_mode = "reflect";  ///< what is beyond the border
  PixelInterpolation interpolation = "bilinear";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  double fill_value = 0;             ///< beyond the border, of fill_mode "constant"
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training moves each image along both axes.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomTranslation
class RandomTranslation : public Layer {
 public:
  explicit RandomTranslation(RandomTranslationConfig config, source_location location = source_location::current());
};

/// Settings of RandomZoom, in the order of keras.layers.RandomZoom.
struct RandomZoomConfig {
  Range height_factor;                     ///< in (-1, 1]; negative is larger, one number is both signs
  std::optional<Range> width_factor = {};  ///< the same for the width; without it both are equal
  AffineFill fill_mode = "reflect";        ///< what is beyond the border
  PixelInterpolation interpolation = "bilinear";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  double fill_value = 0;             ///< beyond the border, of fill_mode "constant"
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training makes the content of each image larger or smaller around its middle.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomZoom
class RandomZoom : public Layer {
 public:
  explicit RandomZoom(RandomZoomConfig config, source_location location = source_location::current());
};

/// Settings of RandomShear, in the order of keras.layers.RandomShear.
struct RandomShearConfig {
  Range x_factor = 0;  ///< the share for rows, in [0, 1]
  Range y_factor = 0;  ///< the share for columns, in [0, 1]
  PixelInterpolation interpolation = "bilinear";
  AffineFill fill_mode = "reflect";  ///< what is beyond the border
  double fill_value = 0;             ///< beyond the border, of fill_mode "constant"
  DataFormat data_format = "channels_last";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training moves rows of each image by a share of their number, and columns likewise.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomShear
class RandomShear : public Layer {
 public:
  explicit RandomShear(RandomShearConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> geometry_classes();

}  // namespace graft
