#pragma once

#include "graft/core/shape.h"
#include "graft/graph/config.h"
#include "graft/ops/program/builder.h"

namespace graft {

/// Applies one of Keras's activations (keras.activations) to a Value of any rank. softmax, log_softmax and glu act
/// along the channels, the others on each element.
ops::Value emit_activation(ops::Builder& builder, const ActivationName& activation, ops::Value x);
/// The Keras shape after the activation: glu halves the last dimension, the others keep the shape. Throws ShapeError
/// for a glu of an odd last dimension.
Shape activation_shape(const ActivationName& activation, const Shape& shape);

}  // namespace graft
