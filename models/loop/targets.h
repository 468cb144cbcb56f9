#pragma once

// Internal: whether y fits what a model predicts.

#include <string>

#include "graft/core/tensor.h"
#include "graft/models/training/loss.h"

namespace graft {

/// y in the rank of the predictions where a last dimension of 1 makes the difference, as in Keras. Throws DataError for
/// no rows, a NaN or an infinity.
Tensor fit_target(const Tensor& y, const Shape& predicted, const std::string& name, const std::string& output);

/// Throws ShapeError when the loss cannot compare y with the predictions; DataError for a class number that is not
/// whole or not below the number of classes, naming the row.
void check_target(const Tensor& y, const Loss& loss, const Shape& predicted, const std::string& name,
                  const std::string& output);

/// What the loss most likely will be given.
Shape default_target(const Loss& loss, const Shape& predicted);

}  // namespace graft
