#pragma once

// Internal.

#include <map>

#include "graft/models/training/data.h"

namespace graft {

/// A weight of each row by its class: the class number it holds, or the largest of a one-hot row. Classes that are not
/// named weigh 1. Throws ShapeError for more than one target.
Tensor weights_of_classes(const TensorList& y, const std::map<int64_t, float>& class_weight);

}  // namespace graft
