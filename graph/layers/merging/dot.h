#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Dot, in the order of keras.layers.Dot.
struct DotConfig {
  std::vector<int64_t> axes;  ///< the axis summed over: one for both inputs, or one for each
  bool normalize = false;     ///< divides by the length along the axis: the cosine of the angle
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// The sum of products along one axis of each of two inputs, sample by sample.
///
/// Input    two tensors of rank 2 or more, (N, ...)
/// Output   (N, the first's other dimensions, the second's other dimensions); (N, 1) for two of rank 2
/// Throws   ConfigError unless axes holds one or two; ShapeError for rank 1, axis 0, or axes of different size
/// Source   keras.layers.Dot
class Dot : public Layer {
 public:
  explicit Dot(DotConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> dot_classes();

}  // namespace graft
