#pragma once

#include "graft/graph/layers/augmentation/settings.h"

namespace graft {

/// Settings of MaxNumBoundingBoxes, in the order of keras.layers.MaxNumBoundingBoxes.
struct MaxNumBoundingBoxesConfig {
  Required<int64_t> max_number;  ///< of boxes
  int64_t fill_value = -1;       ///< of missing boxes
  DataFormat data_format = "channels_last";
  Literal bounding_box_format = {};  ///< kept for files: there are images only
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Passes images on: it only acts on the boxes beside them, which Graft does not have.
///
/// Input    (N, H, W, C); with data_format "channels_first" (N, C, H, W)
/// Output   as the input
/// Throws   ShapeError if the rank is not 4
/// Source   keras.layers.MaxNumBoundingBoxes
class MaxNumBoundingBoxes : public Layer {
 public:
  explicit MaxNumBoundingBoxes(MaxNumBoundingBoxesConfig config, source_location location = source_location::current());
};

/// Settings of Pipeline, in the order of keras.layers.Pipeline.
struct PipelineConfig {
  std::vector<Layer> layers = {};  ///< from the first to the last
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Applies layers one after the other, as a single layer. As in Keras's models, the argument `training` of a call has
/// no effect: the mode of the model decides.
///
/// Input    that of the first layer
/// Output   that of the last layer
/// Throws   ConfigError for an empty layer; what the layers throw
/// Source   keras.layers.Pipeline
class Pipeline : public Layer {
 public:
  explicit Pipeline(PipelineConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> pipeline_classes();

}  // namespace graft
