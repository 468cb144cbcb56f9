#pragma once

#include "graft/core/shape.h"
#include "graft/graph/config.h"
#include "graft/ops/program/builder.h"

namespace graft {

/// The border in one place: Keras's tensors are channels last; at rank 3 and more their Values are channels first,
/// (N, H, W, C) -> (N, C, H, W). Both directions are views and cost nothing.
ops::Value to_channels_first(ops::Builder& builder, ops::Value keras_order);
ops::Value to_channels_last(ops::Builder& builder, ops::Value channels_first);
/// Keras's axis as an axis of the Value.
int logical_axis(int64_t keras_axis, int64_t rank);
/// The dims of a Value for a known Keras shape; rank 0 becomes (1).
ops::Dims logical_dims(const Shape& shape);
Shape keras_shape(const ops::Dims& dims);

/// The Value with other dims, both counted in Keras's order: how layers change ranks.
ops::Value reshape_keras(ops::Builder& builder, ops::Value x, const ops::Dims& keras_dims);
/// The dims of a Value in Keras's order.
ops::Dims keras_dims(const ops::Builder& builder, ops::Value x);

/// Applies one of Keras's activations.
ops::Value emit_activation(ops::Builder& builder, const ActivationName& activation, ops::Value x);
/// The shape after it: glu halves the last dimension, the others keep it. Throws ShapeError for a glu of an odd one.
Shape activation_shape(const ActivationName& activation, const Shape& shape);

/// One spatial axis of a convolution or a pooling, as Keras counts it.
struct Window {
  int64_t output, pad_before, pad_after;
};
/// "same": output ceil(n / s), the odd pixel behind; "valid": no padding. Throws ShapeError for an empty output.
/// n may be Shape::none: then the output is, and the padding is 0.
Window conv_window(int64_t n, int64_t kernel, int64_t stride, int64_t dilation, const Padding& padding);

/// Both axes of an image.
struct Window2D {
  Window rows, columns;
  ops::Dims before() const { return {rows.pad_before, columns.pad_before}; }
  ops::Dims after() const { return {rows.pad_after, columns.pad_after}; }
};
Window2D conv_window(int64_t height, int64_t width, const Size2D& kernel, const Size2D& strides, const Size2D& dilation,
                     const Padding& padding);

}  // namespace graft
