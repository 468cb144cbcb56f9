#pragma once

#include "graft/core/shape.h"
#include "graft/graph/config.h"
#include "graft/ops/program/builder.h"

namespace graft {

// The only place where layouts change: Keras's tensors are channels last; at rank 3 and more their Values are channels
// first, (N, H, W, C) -> (N, C, H, W). Both directions are views and cost nothing.

/// The Value of a tensor in Keras's order, (N, ..., C), as (N, C, ...). Of rank 2 or less it is returned as it is.
ops::Value to_channels_first(ops::Builder& builder, ops::Value keras_order);
/// The opposite: (N, C, ...) as (N, ..., C).
ops::Value to_channels_last(ops::Builder& builder, ops::Value channels_first);
/// Keras's axis as an axis of the Value: of rank 4, -1 and 3 are 1. Throws ShapeError for an axis out of range.
int logical_axis(int64_t keras_axis, int64_t rank);
/// The dims of a Value for a known Keras shape, (N, ..., C) as (N, C, ...); rank 0 becomes (1).
ops::Dims logical_dims(const Shape& shape);
/// The Keras shape of the dims of a Value, (N, C, ...) as (N, ..., C).
Shape keras_shape(const ops::Dims& dims);

/// Changes the rank or the dims of a Value; its own dims and the new ones are counted in Keras's order, and the
/// elements keep that order. Throws ShapeError unless the number of elements is the same.
ops::Value reshape_keras(ops::Builder& builder, ops::Value x, const ops::Dims& keras_dims);
/// The dims of a Value in Keras's order.
ops::Dims keras_dims(const ops::Builder& builder, ops::Value x);

/// Sums all elements of a Value, in whatever order its axes are; dims (1).
ops::Value emit_sum(ops::Builder& builder, ops::Value x);

}  // namespace graft
