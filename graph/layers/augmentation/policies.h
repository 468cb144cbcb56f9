#pragma once

#include "graft/graph/layers/augmentation/settings.h"

namespace graft {

/// Settings of AugMix, in the order of keras.layers.AugMix.
struct AugMixConfig {
  Range value_range = {0, 255};  ///< the darkest and the brightest value of the images
  int64_t num_chains = 3;        ///< how many are mixed
  int64_t chain_depth = 3;       ///< how many augmentations follow each other
  Range factor = 0.3;            ///< the strength of each augmentation, in [0, 1]
  double alpha = 1;              ///< of the distributions of the shares, above 0
  bool all_ops = true;           ///< false: no colours, contrast and sharpness
  PixelInterpolation interpolation = "bilinear";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training mixes images with chains of other augmentations of them: shears, moves, turns, Solarization,
/// RandomPosterization, AutoContrast and Equalization, with all_ops also RandomBrightness, RandomColorDegeneration,
/// RandomContrast and RandomSharpness. What the chains are of and their shares are drawn for each batch.
///
/// Input    (N, H, W, 3); with data_format "channels_first" (N, 3, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.AugMix
class AugMix : public Layer {
 public:
  explicit AugMix(AugMixConfig config = {}, source_location location = source_location::current());
};

/// Settings of RandAugment, in the order of keras.layers.RandAugment.
struct RandAugmentConfig {
  Range value_range = {0, 255};  ///< the darkest and the brightest value of the images
  int64_t num_ops = 2;           ///< how many are applied one after the other
  Range factor = 0.5;            ///< the strength of each, in [0, 1]
  PixelInterpolation interpolation = "bilinear";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training applies some of the augmentations that AugMix has, which are drawn for each batch.
///
/// Input    (N, H, W, 3); with data_format "channels_first" (N, 3, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandAugment
class RandAugment : public Layer {
 public:
  explicit RandAugment(RandAugmentConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> policy_classes();

}  // namespace graft
