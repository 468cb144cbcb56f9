#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Lambda, in the order of keras.layers.Lambda.
struct LambdaConfig {
  ActivationFunction function;  ///< one of keras.activations, with the arguments that it is called with
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Applies one of the functions of keras.activations. Files of Keras hold other functions as Python bytecode, which is
/// not read.
///
/// Input    any shape
/// Output   as Activation
/// Source   keras.layers.Lambda
class Lambda : public Layer {
 public:
  explicit Lambda(LambdaConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> lambda_classes();

}  // namespace graft
