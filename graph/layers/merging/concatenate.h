#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Concatenate, in the order of keras.layers.Concatenate.
struct ConcatenateConfig {
  int64_t axis = -1;  ///< along which the inputs follow each other
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Joins its inputs, one after the other, along an axis.
///
/// Input    tensors of one rank whose other dimensions are equal
/// Output   the sum of the dimensions along the axis
/// Throws   ShapeError naming two shapes that do not fit, for an axis out of range or fewer than two inputs
/// Source   keras.layers.Concatenate
class Concatenate : public Layer {
 public:
  explicit Concatenate(ConcatenateConfig config = {}, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> concatenate_classes();

}  // namespace graft
