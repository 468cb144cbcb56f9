#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of CategoricalCrossentropy: keras.ops.categorical_crossentropy and sparse_categorical_crossentropy.
struct CategoricalCrossentropyConfig {
  bool from_logits = false;  ///< whether y_pred is before the softmax
  bool sparse = false;       ///< whether y_true holds class numbers
  std::string name = {};
  void fields(FieldVisitor& field);
};
/// A loss of y_true (..., classes), or (...) of class numbers, and y_pred (..., classes): one number for each row.
Layer categorical_crossentropy_op(CategoricalCrossentropyConfig config, source_location location);

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> cross_entropy_classes();

}  // namespace graft
