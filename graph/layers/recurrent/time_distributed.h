#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of TimeDistributed, in the order of keras.layers.TimeDistributed.
struct TimeDistributedConfig {
  Required<Layer> layer;  ///< any layer, a model too
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Applies a layer to every step of a sequence, with the same weights. As in Keras, an activity_regularizer of that
/// layer adds nothing to the loss.
///
/// Input    (N, T, ...)
/// Output   (N, T, ...): what the layer gives for each step
/// Weights  those of the layer
/// Throws   ConfigError for an empty layer; ShapeError if the rank is below 3, or the layer does not take a step or
///          gives several outputs
/// Source   keras.layers.TimeDistributed
class TimeDistributed : public Layer {
 public:
  explicit TimeDistributed(TimeDistributedConfig config, source_location location = source_location::current());
  /// TimeDistributed(Dense({.units = 8}))
  explicit TimeDistributed(const Layer& layer, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> time_distributed_classes();

}  // namespace graft
