#pragma once

// Internal: the weights of rows by their classes.

#include <map>

#include "graft/models/training/data.h"

namespace graft {

/// (rows): the weight of each row by its class, which is the number in (N) or (N, 1), or the place of the largest
/// number in a one-hot row (N, classes). Classes that are not named weigh 1. Throws ShapeError for other targets, or
/// several.
Tensor weights_of_classes(const TensorList& y, const std::map<int64_t, float>& class_weight);

}  // namespace graft
