#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Activation, in the order of keras.layers.Activation.
struct ActivationConfig {
  ActivationFunction activation;  ///< one of ActivationWords (graph/config.h)
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Applies an activation function, element by element but for softmax, log_softmax and glu (over the last axis).
///
/// Input    any shape
/// Output   as the input; glu halves the last dimension
/// Throws   ShapeError for a glu of an odd last dimension
/// Source   keras.layers.Activation, keras.activations
class Activation : public Layer {
 public:
  explicit Activation(ActivationFunction activation, source_location location = source_location::current());
  explicit Activation(ActivationConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> activation_classes();

}  // namespace graft
