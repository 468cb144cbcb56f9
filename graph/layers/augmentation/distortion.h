#pragma once

#include "graft/graph/layers/augmentation/settings.h"

namespace graft {

/// What is beyond the border of an image that RandomElasticTransform distorts; "mirror" leaves the outermost pixel out.
struct ElasticFillWords {
  static constexpr std::string_view name = "fill_mode";
  static constexpr std::array<std::string_view, 5> words{"reflect", "wrap", "constant", "nearest", "mirror"};
};
using ElasticFill = Choice<ElasticFillWords>;

/// Settings of RandomElasticTransform, in the order of keras.layers.RandomElasticTransform.
struct RandomElasticTransformConfig {
  Range factor = 1;  ///< the probability for an image is drawn from it, in [0, 1]
  Range scale = 1;   ///< how far pixels move, in [0, 1]
  PixelInterpolation interpolation = "bilinear";
  ElasticFill fill_mode = "reflect";  ///< what is beyond the border
  double fill_value = 0;              ///< beyond the border, of fill_mode "constant"
  Range value_range = {0, 255};       ///< the darkest and the brightest value of the images
  std::optional<int64_t> seed = {};   ///< kept for files: draws follow the seed of the run and the call
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training moves the pixels of each image as if it was printed on rubber: by smoothed normal noise, whose size
/// and smoothness are drawn for each batch. Results are clipped to value_range.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomElasticTransform
class RandomElasticTransform : public Layer {
 public:
  explicit RandomElasticTransform(RandomElasticTransformConfig config = {},
                                  source_location location = source_location::current());
};

/// Settings of RandomPerspective, in the order of keras.layers.RandomPerspective.
struct RandomPerspectiveConfig {
  Range factor = 1;  ///< the probability for an image is drawn from it, in [0, 1]; one number f is (0, f)
  double scale = 1;  ///< corners move by at most half of this part of their coordinates, in [0, 1]
  PixelInterpolation interpolation = "bilinear";
  double fill_value = 0;             ///< beyond the border
  std::optional<int64_t> seed = {};  ///< kept for files: draws follow the seed of the run and the call
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training shows images as from another point of view: their corners move by a part of the size of the image,
/// drawn for each.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.RandomPerspective
class RandomPerspective : public Layer {
 public:
  explicit RandomPerspective(RandomPerspectiveConfig config = {},
                             source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> distortion_classes();

}  // namespace graft
