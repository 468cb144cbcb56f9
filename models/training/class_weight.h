#pragma once

// Internal: weights of rows by class.

#include <map>

#include "graft/models/training/data.h"

namespace graft {

/// Returns the weight of each row, (rows), by its class: the number in (N) or (N, 1), or the place of the largest
/// number in a one-hot row (N, classes). Classes without an entry weigh 1. Throws ShapeError for other targets and for
/// several.
Tensor weights_of_classes(const TensorList& y, const std::map<int64_t, float>& class_weight);

}  // namespace graft
