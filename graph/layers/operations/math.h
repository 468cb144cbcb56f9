#pragma once

#include <vector>

#include "graft/core/source_location.h"
#include "graft/graph/symbolic_tensor.h"

namespace graft {

/// An operand with the line of the expression, so that the errors of operators can name it. Tensors convert to it.
struct Operand {
  Operand(const SymbolicTensor& operand, source_location place = source_location::current())
      : tensor(operand), location(place) {}
  Operand(const SymbolicTensors& operand, source_location place = source_location::current())
      : tensor(static_cast<const SymbolicTensor&>(operand)), location(place) {}
  SymbolicTensor tensor;
  source_location location;
};

// Arithmetic of tensors is recorded as layers; nothing is computed. Two tensors broadcast as in NumPy: they are aligned
// at the last dimension, and their dimensions are equal or 1. Axes count the batch as 0, negative ones from the end.
// What does not fit throws ShapeError with the caller's line. The functions are those of keras.ops.

/// Elementwise arithmetic. a + b, a - b and a * b of two tensors record Keras's merge layers, arithmetic with a number
/// records Rescaling, so that other programs can read the model.
SymbolicTensor operator+(const Operand& a, const Operand& b);
SymbolicTensor operator+(const Operand& a, double b);
SymbolicTensor operator+(double a, const Operand& b);
SymbolicTensor operator-(const Operand& a, const Operand& b);
SymbolicTensor operator-(const Operand& a, double b);
SymbolicTensor operator-(double a, const Operand& b);
SymbolicTensor operator-(const Operand& x);
SymbolicTensor operator*(const Operand& a, const Operand& b);
SymbolicTensor operator*(const Operand& a, double b);
SymbolicTensor operator*(double a, const Operand& b);
SymbolicTensor operator/(const Operand& a, const Operand& b);
SymbolicTensor operator/(const Operand& a, double b);
SymbolicTensor operator/(double a, const Operand& b);

/// The elementwise functions of keras.ops of the same names: the result has the shape of x.
SymbolicTensor pow(const Operand& x, const Operand& exponent);
SymbolicTensor pow(const Operand& x, double exponent);
SymbolicTensor sqrt(const Operand& x);
SymbolicTensor rsqrt(const Operand& x);  ///< 1 / sqrt(x)
SymbolicTensor exp(const Operand& x);
SymbolicTensor log(const Operand& x);  ///< natural
SymbolicTensor abs(const Operand& x);
SymbolicTensor square(const Operand& x);
SymbolicTensor sin(const Operand& x);
SymbolicTensor cos(const Operand& x);
SymbolicTensor erf(const Operand& x);
SymbolicTensor sign(const Operand& x);                           ///< -1, 0 or 1; gradient 0
SymbolicTensor floor(const Operand& x);                          ///< gradient 0
SymbolicTensor round(const Operand& x);                          ///< halves to even; gradient 0
SymbolicTensor clip(const Operand& x, double low, double high);  ///< min(max(x, low), high)
SymbolicTensor tanh(const Operand& x);
SymbolicTensor sigmoid(const Operand& x);
SymbolicTensor relu(const Operand& x);
SymbolicTensor softplus(const Operand& x);  ///< log(1 + e^x)
/// e^x divided by the sum of all e^x along the axis, and its logarithm.
SymbolicTensor softmax(const Operand& x, int64_t axis = -1);
SymbolicTensor log_softmax(const Operand& x, int64_t axis = -1);

/// Reduce the named axes, or all of them: then the result has rank 0, unless keepdims keeps every axis as 1.
SymbolicTensor mean(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor sum(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor max(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);
SymbolicTensor min(const Operand& x, const std::vector<int64_t>& axes = {}, bool keepdims = false);

/// The larger or the smaller of each two elements. Two tensors record Keras's merge layers Maximum and Minimum.
SymbolicTensor maximum(const Operand& a, const Operand& b);
SymbolicTensor maximum(const Operand& x, double low);
SymbolicTensor minimum(const Operand& a, const Operand& b);
SymbolicTensor minimum(const Operand& x, double high);

/// 1 where the comparison holds, else 0; no gradient.
SymbolicTensor greater(const Operand& a, const Operand& b);
SymbolicTensor greater(const Operand& a, double b);
SymbolicTensor greater_equal(const Operand& a, const Operand& b);
SymbolicTensor greater_equal(const Operand& a, double b);
SymbolicTensor less(const Operand& a, const Operand& b);
SymbolicTensor less(const Operand& a, double b);
SymbolicTensor less_equal(const Operand& a, const Operand& b);
SymbolicTensor less_equal(const Operand& a, double b);
SymbolicTensor equal(const Operand& a, const Operand& b);
SymbolicTensor equal(const Operand& a, double b);
SymbolicTensor not_equal(const Operand& a, const Operand& b);
SymbolicTensor not_equal(const Operand& a, double b);

/// `yes` where the condition is not 0, `no` elsewhere.
SymbolicTensor where(const Operand& condition, const Operand& yes, const Operand& no);
SymbolicTensor where(const Operand& condition, const Operand& yes, double no);
SymbolicTensor where(const Operand& condition, double yes, const Operand& no);
SymbolicTensor stop_gradient(const Operand& x);

/// Fresh normal noise shaped like x in every run, in training and in inference; seeded, no gradient.
SymbolicTensor random_normal(const Operand& like, double mean = 0, double deviation = 1);

/// The product over the last two axes, the others broadcast; rank 1 is a row on the left, a column on the right.
SymbolicTensor matmul(const Operand& a, const Operand& b);
SymbolicTensor concat(const SymbolicTensors& tensors, int64_t axis = -1,
                      source_location location = source_location::current());
/// `sizes` of every axis from `begin` on; Shape::none: all that follow.
SymbolicTensor slice(const Operand& x, const std::vector<int64_t>& begin, const Shape& sizes);
/// Reshapes each sample; one dimension may be -1, which is inferred.
SymbolicTensor reshape(const Operand& x, const Shape& target_shape);
SymbolicTensor transpose(const Operand& x, const std::vector<int64_t>& axes = {});  ///< empty: in reverse order
SymbolicTensor expand_dims(const Operand& x, int64_t axis);                         ///< adds a dimension of 1 there
SymbolicTensor squeeze(const Operand& x, int64_t axis);                             ///< removes the dimension of 1
/// The rows of x whose numbers along the axis are the indices: x (a..., n, b...) and indices (m...) give
/// (a..., m..., b...). Negative numbers count from the end, one out of range gives zeros; no gradient for the indices.
SymbolicTensor gather(const Operand& x, const Operand& indices, int64_t axis);
SymbolicTensor one_hot(const Operand& indices, int64_t classes);  ///< (...) -> (..., classes)
SymbolicTensor argmax(const Operand& x, int64_t axis = -1);       ///< as float; no gradient

}  // namespace graft
