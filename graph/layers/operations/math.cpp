#include "graft/graph/layers/operations/math.h"

#include <algorithm>

#include "graft/graph/layers/activations/advanced_activations.h"
#include "graft/graph/layers/core/activation.h"
#include "graft/graph/layers/merging/concatenate.h"
#include "graft/graph/layers/merging/merge.h"
#include "graft/graph/layers/operations/array_op.h"
#include "graft/graph/layers/operations/elementwise.h"
#include "graft/graph/layers/operations/reduction.h"
#include "graft/graph/layers/preprocessing/rescaling.h"
#include "graft/graph/layers/reshaping/reshape.h"

namespace graft {

// Layers broadcast tensors of equal rank; NumPy puts dimensions of 1 in front of the smaller one. Rank 0 fits as it is.
static SymbolicTensors aligned(SymbolicTensors tensors, const source_location& location) {
  int64_t rank = 0;
  for (const SymbolicTensor& tensor : tensors) rank = std::max(rank, tensor.shape().rank());
  for (SymbolicTensor& tensor : tensors)
    while (tensor.shape().rank() != 0 && tensor.shape().rank() < rank)
      tensor = expand_dims_op({.axis = 0}, location)(tensor, location);
  return tensors;
}

template <class Merge>
static SymbolicTensor merged(const Operand& a, const Operand& b) {
  return Merge({}, a.location)(aligned({a.tensor, b.tensor}, a.location), a.location);
}

static SymbolicTensor rescaled(const Operand& x, double scale, double offset) {
  return Rescaling({.scale = scale, .offset = offset}, x.location)(x.tensor, x.location);
}

static SymbolicTensor unary(const char* function, const Operand& x) {
  return unary_op(function, x.location)(x.tensor, x.location);
}

static SymbolicTensor binary(const char* function, const Operand& a, const Operand& b) {
  return binary_op(function, {}, a.location)(aligned({a.tensor, b.tensor}, a.location), a.location);
}

static SymbolicTensor binary(const char* function, const Operand& a, double b) {
  return binary_op(function, {.x2 = b}, a.location)(a.tensor, a.location);
}

static SymbolicTensor activated(ActivationName activation, const Operand& x) {
  return Activation(activation, x.location)(x.tensor, x.location);
}

SymbolicTensor operator+(const Operand& a, const Operand& b) { return merged<Add>(a, b); }
SymbolicTensor operator+(const Operand& a, double b) { return rescaled(a, 1, b); }
SymbolicTensor operator+(double a, const Operand& b) { return rescaled(b, 1, a); }
SymbolicTensor operator-(const Operand& a, const Operand& b) { return merged<Subtract>(a, b); }
SymbolicTensor operator-(const Operand& a, double b) { return rescaled(a, 1, -b); }
SymbolicTensor operator-(double a, const Operand& b) { return rescaled(b, -1, a); }
SymbolicTensor operator-(const Operand& x) { return rescaled(x, -1, 0); }
SymbolicTensor operator*(const Operand& a, const Operand& b) { return merged<Multiply>(a, b); }
SymbolicTensor operator*(const Operand& a, double b) { return rescaled(a, b, 0); }
SymbolicTensor operator*(double a, const Operand& b) { return rescaled(b, a, 0); }
SymbolicTensor operator/(const Operand& a, const Operand& b) { return binary("Divide", a, b); }
SymbolicTensor operator/(const Operand& a, double b) { return rescaled(a, 1 / b, 0); }
SymbolicTensor operator/(double a, const Operand& b) {
  return binary_op("Divide", {.x1 = a}, b.location)(b.tensor, b.location);
}

SymbolicTensor pow(const Operand& x, const Operand& exponent) { return binary("Power", x, exponent); }
SymbolicTensor pow(const Operand& x, double exponent) { return binary("Power", x, exponent); }
SymbolicTensor sqrt(const Operand& x) { return unary("Sqrt", x); }
SymbolicTensor rsqrt(const Operand& x) { return unary("Rsqrt", x); }
SymbolicTensor exp(const Operand& x) { return unary("Exp", x); }
SymbolicTensor log(const Operand& x) { return unary("Log", x); }
SymbolicTensor abs(const Operand& x) { return unary("Absolute", x); }
SymbolicTensor square(const Operand& x) { return unary("Square", x); }
SymbolicTensor sin(const Operand& x) { return unary("Sin", x); }
SymbolicTensor cos(const Operand& x) { return unary("Cos", x); }
SymbolicTensor erf(const Operand& x) { return unary("Erf", x); }
SymbolicTensor sign(const Operand& x) { return unary("Sign", x); }
SymbolicTensor floor(const Operand& x) { return unary("Floor", x); }
SymbolicTensor round(const Operand& x) { return unary("Round", x); }

SymbolicTensor clip(const Operand& x, double low, double high) {
  return clip_op({.x_min = low, .x_max = high}, x.location)(x.tensor, x.location);
}

SymbolicTensor tanh(const Operand& x) { return activated("tanh", x); }
SymbolicTensor sigmoid(const Operand& x) { return activated("sigmoid", x); }
SymbolicTensor relu(const Operand& x) { return activated("relu", x); }
SymbolicTensor softplus(const Operand& x) { return activated("softplus", x); }

SymbolicTensor softmax(const Operand& x, int64_t axis) {
  return Softmax({.axis = axis}, x.location)(x.tensor, x.location);
}

SymbolicTensor log_softmax(const Operand& x, int64_t axis) {
  return log_softmax_op({.axis = axis}, x.location)(x.tensor, x.location);
}

static SymbolicTensor reduced(const char* function, const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  ReductionConfig config{.keepdims = keepdims};
  if (!axes.empty()) config.axis = axes;
  return reduction_op(function, std::move(config), x.location)(x.tensor, x.location);
}

SymbolicTensor mean(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Mean", x, axes, keepdims);
}
SymbolicTensor sum(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Sum", x, axes, keepdims);
}
SymbolicTensor max(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Max", x, axes, keepdims);
}
SymbolicTensor min(const Operand& x, const std::vector<int64_t>& axes, bool keepdims) {
  return reduced("Min", x, axes, keepdims);
}

SymbolicTensor maximum(const Operand& a, const Operand& b) { return merged<Maximum>(a, b); }
SymbolicTensor maximum(const Operand& x, double low) {
  return clip_op({.x_min = low}, x.location)(x.tensor, x.location);
}
SymbolicTensor minimum(const Operand& a, const Operand& b) { return merged<Minimum>(a, b); }
SymbolicTensor minimum(const Operand& x, double high) {
  return clip_op({.x_max = high}, x.location)(x.tensor, x.location);
}

SymbolicTensor greater(const Operand& a, const Operand& b) { return binary("Greater", a, b); }
SymbolicTensor greater(const Operand& a, double b) { return binary("Greater", a, b); }
SymbolicTensor greater_equal(const Operand& a, const Operand& b) { return binary("GreaterEqual", a, b); }
SymbolicTensor greater_equal(const Operand& a, double b) { return binary("GreaterEqual", a, b); }
SymbolicTensor less(const Operand& a, const Operand& b) { return binary("Less", a, b); }
SymbolicTensor less(const Operand& a, double b) { return binary("Less", a, b); }
SymbolicTensor less_equal(const Operand& a, const Operand& b) { return binary("LessEqual", a, b); }
SymbolicTensor less_equal(const Operand& a, double b) { return binary("LessEqual", a, b); }
SymbolicTensor equal(const Operand& a, const Operand& b) { return binary("Equal", a, b); }
SymbolicTensor equal(const Operand& a, double b) { return binary("Equal", a, b); }
SymbolicTensor not_equal(const Operand& a, const Operand& b) { return binary("NotEqual", a, b); }
SymbolicTensor not_equal(const Operand& a, double b) { return binary("NotEqual", a, b); }

SymbolicTensor where(const Operand& condition, const Operand& yes, const Operand& no) {
  const SymbolicTensors inputs = aligned({condition.tensor, yes.tensor, no.tensor}, condition.location);
  return where_op({}, condition.location)(inputs, condition.location);
}
SymbolicTensor where(const Operand& condition, const Operand& yes, double no) {
  const SymbolicTensors inputs = aligned({condition.tensor, yes.tensor}, condition.location);
  return where_op({.x2 = no}, condition.location)(inputs, condition.location);
}
SymbolicTensor where(const Operand& condition, double yes, const Operand& no) {
  const SymbolicTensors inputs = aligned({condition.tensor, no.tensor}, condition.location);
  return where_op({.x1 = yes}, condition.location)(inputs, condition.location);
}

SymbolicTensor stop_gradient(const Operand& x) { return unary("StopGradient", x); }

SymbolicTensor random_normal(const Operand& like, double mean, double deviation) {
  return random_normal_op({.mean = mean, .stddev = deviation}, like.location)(like.tensor, like.location);
}

SymbolicTensor matmul(const Operand& a, const Operand& b) {
  return matmul_op({}, a.location)({a.tensor, b.tensor}, a.location);
}

SymbolicTensor concat(const SymbolicTensors& tensors, int64_t axis, source_location location) {
  return Concatenate({.axis = axis}, location)(tensors, location);
}

SymbolicTensor slice(const Operand& x, const std::vector<int64_t>& begin, const Shape& sizes) {
  return slice_op({.start_indices = begin, .shape = sizes}, x.location)(x.tensor, x.location);
}

SymbolicTensor reshape(const Operand& x, const Shape& target_shape) {
  return Reshape({.target_shape = target_shape}, x.location)(x.tensor, x.location);
}

SymbolicTensor transpose(const Operand& x, const std::vector<int64_t>& axes) {
  TransposeConfig config;
  if (!axes.empty()) config.axes = axes;
  return transpose_op(std::move(config), x.location)(x.tensor, x.location);
}

SymbolicTensor expand_dims(const Operand& x, int64_t axis) {
  return expand_dims_op({.axis = axis}, x.location)(x.tensor, x.location);
}

SymbolicTensor squeeze(const Operand& x, int64_t axis) {
  return squeeze_op({.axis = axis}, x.location)(x.tensor, x.location);
}

SymbolicTensor gather(const Operand& x, const Operand& indices, int64_t axis) {
  return take_op({.axis = axis}, x.location)({x.tensor, indices.tensor}, x.location);
}

SymbolicTensor one_hot(const Operand& indices, int64_t classes) {
  return one_hot_op({.num_classes = classes}, indices.location)(indices.tensor, indices.location);
}

SymbolicTensor argmax(const Operand& x, int64_t axis) {
  return argmax_op({.axis = axis}, x.location)(x.tensor, x.location);
}

}  // namespace graft
