#pragma once

#include "graft/core/shape.h"
#include "graft/graph/config.h"
#include "graft/ops/program/builder.h"

namespace graft {

/// Applies one of Keras's activations (keras.activations) to a Value of any rank. softmax, log_softmax, sparsemax and
/// glu act along the channels unless they name an axis, the others on each element. Throws ConfigError for a
/// "threshold" without its settings.
ops::Value emit_activation(ops::Builder& builder, const ActivationFunction& activation, ops::Value x);
/// The Keras shape after the activation: glu halves the dimension of its axis, the others keep the shape. Throws
/// ShapeError for a glu of an odd dimension and for an axis out of range.
Shape activation_shape(const ActivationFunction& activation, const Shape& shape);

}  // namespace graft
