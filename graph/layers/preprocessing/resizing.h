#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// What padded pixels are: Keras only has a constant.
struct ResizingFillWords {
  static constexpr std::string_view name = "fill_mode";
  static constexpr std::array<std::string_view, 1> words{"constant"};
};
using ResizingFill = Choice<ResizingFillWords>;

/// Settings of Resizing, in the order of keras.layers.Resizing.
struct ResizingConfig {
  Required<int64_t> height, width;  ///< of the output, in pixels
  InterpolationName interpolation = "bilinear";
  bool crop_to_aspect_ratio = false;  ///< first crops to the largest window, in the middle, of the output's proportions
  bool pad_to_aspect_ratio = false;   ///< first pads evenly to the output's proportions
  ResizingFill fill_mode = "constant";
  double fill_value = 0;   ///< of padded pixels
  bool antialias = false;  ///< when the image shrinks, the interpolation reaches over all pixels that one output covers
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Makes images of another size. Pixels are at their centres: output pixel p is at (p + 0.5) H / height - 0.5.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   the same with height and width pixels
/// Throws   ConfigError for a size below 1, or for both aspect ratios; ShapeError if the rank is not 4
/// Source   keras.layers.Resizing
class Resizing : public Layer {
 public:
  explicit Resizing(ResizingConfig config, source_location location = source_location::current());
};

/// Settings of CenterCrop, in the order of keras.layers.CenterCrop.
struct CenterCropConfig {
  Required<int64_t> height, width;  ///< of the output, in pixels
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Returns the middle of images. Smaller images are cropped to its proportions and enlarged, with bilinear
/// interpolation.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   the same with height and width pixels
/// Throws   ConfigError for a size below 1; ShapeError if the rank is not 4
/// Source   keras.layers.CenterCrop
class CenterCrop : public Layer {
 public:
  explicit CenterCrop(CenterCropConfig config, source_location location = source_location::current());
};

/// Settings of RandomCrop, in the order of keras.layers.RandomCrop.
struct RandomCropConfig {
  Required<int64_t> height, width;  ///< of the output, in pixels
  std::optional<int64_t> seed = {};
  DataFormat data_format = "channels_last";
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training, returns a part of the images that is drawn anew for each batch; images that are not larger along both
/// axes are cropped in the middle and enlarged, with bilinear interpolation. Otherwise it returns the whole images. As
/// in Keras's models, the argument `training` of a call has no effect.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   the same with height and width pixels, in training
/// Throws   ConfigError for a size below 1; ShapeError if the rank is not 4
/// Source   keras.layers.RandomCrop
class RandomCrop : public Layer {
 public:
  explicit RandomCrop(RandomCropConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> resizing_classes();

}  // namespace graft
