#pragma once

#include "graft/graph/layers/augmentation/settings.h"

namespace graft {

/// Settings of CutMix, in the order of keras.layers.CutMix.
struct CutMixConfig {
  Range factor = 1;                  ///< the alpha of the beta distribution of areas is drawn from it, in [0, 1]
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training puts a rectangle of another image of the batch into each image.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.CutMix
class CutMix : public Layer {
 public:
  explicit CutMix(CutMixConfig config = {}, source_location location = source_location::current());
};

/// Settings of MixUp, in the order of keras.layers.MixUp.
struct MixUpConfig {
  double alpha = 0.2;  ///< both parameters of the distribution, above 0
  DataFormat data_format = "channels_last";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training mixes each image with another one of the batch, with shares of a beta distribution.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.MixUp
class MixUp : public Layer {
 public:
  explicit MixUp(MixUpConfig config = {}, source_location location = source_location::current());
};

/// Settings of RandomErasing, in the order of keras.layers.RandomErasing.
struct RandomErasingConfig {
  Range factor = 1;              ///< the probability for an image is drawn from it, in [0, 1]; one number f is (0, f)
  Range scale = {0.02, 0.33};    ///< the squares of the parts of height and width that are filled, in [0, 1]
  Literal fill_value = {};       ///< a number, or three for the colours; None: normal noise
  Range value_range = {0, 255};  ///< the values that fill are clipped to it
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training fills a rectangle of each image.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomErasing
class RandomErasing : public Layer {
 public:
  explicit RandomErasing(RandomErasingConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> mixing_classes();

}  // namespace graft
