#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of the functions over axes: keras.ops.mean, sum, max and min.
struct ReductionConfig {
  std::optional<std::vector<int64_t>> axis = {};  ///< none: all axes
  bool keepdims = false;                          ///< keeps the reduced axes, as 1
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// "Mean", "Sum", "Max" or "Min" over axes, the batch's among them if named; recorded by
/// graph/layers/operations/math.h.
///
/// Input    any shape
/// Output   the other dimensions; rank 0 when none is left
/// Throws   ConfigError for another name; ShapeError for an axis out of range or named twice
Layer reduction_op(const std::string& class_name, ReductionConfig config, source_location location);

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> reduction_classes();

}  // namespace graft
