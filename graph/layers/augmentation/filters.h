#pragma once

#include "graft/graph/layers/augmentation/settings.h"

namespace graft {

/// Settings of RandomGaussianBlur, in the order of keras.layers.RandomGaussianBlur.
struct RandomGaussianBlurConfig {
  Range factor = 1;              ///< the probability for an image is drawn from it, in [0, 1]; one number f is (0, f)
  Size2D kernel_size = 3;        ///< pixels, odd
  Range sigma = 1;               ///< the deviations in pixels are drawn from it, in [0, 1]; one number s is (0, s)
  Range value_range = {0, 255};  ///< the results are clipped to it
  DataFormat data_format = "channels_last";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training blurs images with a normal distribution of weights, whose deviations along both axes are drawn for
/// each batch.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomGaussianBlur
class RandomGaussianBlur : public Layer {
 public:
  explicit RandomGaussianBlur(RandomGaussianBlurConfig config = {},
                              source_location location = source_location::current());
};

/// Settings of RandomSharpness, in the order of keras.layers.RandomSharpness.
struct RandomSharpnessConfig {
  Range factor;                  ///< 0 blurs, 0.5 changes nothing, 1 sharpens; one number f is (0, f)
  Range value_range = {0, 255};  ///< the darkest and the brightest value of the images
  DataFormat data_format = "channels_last";
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training mixes each image with its blurred one: of f, drawn from `factor`, the share of that is 1 - 2 f.
/// Results are clipped to value_range.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomSharpness
class RandomSharpness : public Layer {
 public:
  explicit RandomSharpness(RandomSharpnessConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> filter_classes();

}  // namespace graft
