#pragma once

#include "graft/graph/axes.h"
#include "graft/graph/layer_impl.h"

namespace graft {

// The second axis of a sequence (N, T, ...). Values are in Keras's order of axes.

/// The shape of one step, (N, ...). Throws ShapeError if the rank is below 3.
Shape step_shape(const Shape& sequence);
/// The t-th step, (N, ...).
ops::Value step_at(ops::Builder& builder, ops::Value sequence, int64_t t);
/// All steps as rows, (N * T, ...), and rows as steps again.
ops::Value merge_steps(ops::Builder& builder, ops::Value sequence);
ops::Value split_steps(ops::Builder& builder, ops::Value rows, int64_t steps);
/// The steps as a sequence; each is a Value as layers give it, channels first from rank 3 on.
ops::Value stack_steps(ops::Builder& builder, const ops::Values& steps);

}  // namespace graft
