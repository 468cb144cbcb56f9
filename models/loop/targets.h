#pragma once

// Internal: checks that y fits the predictions of a model.

#include <string>

#include "graft/core/tensor.h"
#include "graft/models/training/loss.h"

namespace graft {

/// y, with a last dimension of 1 added where the predictions have one, as in Keras. Throws DataError for no rows, a NaN
/// or an infinity; `name` and `output` name y and its output in messages.
Tensor fit_target(const Tensor& y, const Shape& predicted, const std::string& name, const std::string& output);

/// Throws ShapeError when the loss cannot compare y with the predictions; DataError for a class number that is not
/// whole or not below the number of classes, naming the row.
void check_target(const Tensor& y, const Loss& loss, const Shape& predicted, const std::string& name,
                  const std::string& output);

/// The shape of the targets that the loss usually gets: the predictions' own, or one class number for each.
Shape default_target(const Loss& loss, const Shape& predicted);

}  // namespace graft
