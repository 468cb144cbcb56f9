#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Rescaling, in the order of keras.layers.Rescaling.
struct RescalingConfig {
  Required<double> scale;  ///< multiplied
  double offset = 0;       ///< then added
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// x scale + offset. Arithmetic of a tensor with a number is recorded as this layer.
///
/// Input    any shape
/// Output   as the input
/// Source   keras.layers.Rescaling
class Rescaling : public Layer {
 public:
  explicit Rescaling(RescalingConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> rescaling_classes();

}  // namespace graft
