#pragma once

#include "graft/graph/layers/augmentation/settings.h"

namespace graft {

/// Settings of ContrastLimitedAdaptiveHistogramEqualization, in the order of
/// keras.layers.ContrastLimitedAdaptiveHistogramEqualization.
struct ContrastLimitedAdaptiveHistogramEqualizationConfig {
  Range value_range = {0, 255};  ///< the darkest and the brightest value of the images
  double clip_limit = 4;         ///< no brightness counts for more than this many times its even share; 0: no limit
  Size2D tile_grid_size = 8;     ///< tiles along each axis
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Gives each part of an image its full contrast: the brightness of a pixel becomes its rank among those of its tile,
/// read between the ranks in the four nearest tiles. It acts in inference too.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for less than 1 tile; ShapeError if the rank is not 4
/// Source   keras.layers.ContrastLimitedAdaptiveHistogramEqualization
class ContrastLimitedAdaptiveHistogramEqualization : public Layer {
 public:
  explicit ContrastLimitedAdaptiveHistogramEqualization(ContrastLimitedAdaptiveHistogramEqualizationConfig config = {},
                                                        source_location location = source_location::current());
};

/// Settings of Equalization, in the order of keras.layers.Equalization.
struct EqualizationConfig {
  Range value_range = {0, 255};  ///< the darkest and the brightest value of the images
  int64_t bins = 256;            ///< that brightnesses are counted in
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// In training makes all brightnesses equally frequent: that of a pixel becomes the rank of its bin among those of
/// its channel in the batch. Nothing is drawn.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ConfigError for a setting out of its range; ShapeError if the rank is not 4
/// Source   keras.layers.Equalization
class Equalization : public Layer {
 public:
  explicit Equalization(EqualizationConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> equalization_classes();

}  // namespace graft
