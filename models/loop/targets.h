#pragma once

// Internal: checks that y fits the predictions of a model.

#include <string>

#include "graft/core/tensor.h"
#include "graft/models/training/loss.h"

namespace graft {

/// Returns y, with a last dimension of 1 added where the predictions have one, as in Keras. Throws DataError for y
/// without rows, a NaN or an infinity; messages name y by `name` and its output by `output`.
Tensor fit_target(const Tensor& y, const Shape& predicted, const std::string& name, const std::string& output);

/// Throws ShapeError when the loss cannot compare y with the predictions; DataError naming the row of a class number
/// that is not an integer or out of range.
void check_target(const Tensor& y, const Loss& loss, const Shape& predicted, const std::string& name,
                  const std::string& output);

/// Returns the shape that targets are recorded with: any batch, and any size where that of the predictions is not
/// known, so that one step serves sequences of every length.
Shape recorded_target(const Shape& target, const Shape& predicted);

/// Returns the usual shape of the loss's targets: that of the predictions, or one class number for each of them.
Shape default_target(const Loss& loss, const Shape& predicted);

}  // namespace graft
