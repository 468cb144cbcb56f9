#include "graft/graph/layers/operations/math/arithmetic.h"

#include <algorithm>
#include <cmath>

#include "graft/graph/layers/merging/merge.h"
#include "graft/graph/layers/operations/math/record.h"
#include "graft/graph/layers/preprocessing/rescaling.h"

namespace graft {

// Layers broadcast tensors of equal rank; NumPy puts dimensions of 1 in front of the smaller one. Rank 0 fits as it is.
static SymbolicTensors aligned(SymbolicTensors tensors, const source_location& location) {
  int64_t rank = 0;
  for (const SymbolicTensor& tensor : tensors) rank = std::max(rank, tensor.shape().rank());
  for (SymbolicTensor& tensor : tensors)
    while (tensor.shape().rank() != 0 && tensor.shape().rank() < rank)
      tensor = record("ExpandDims", {Argument(tensor, location)}, {{"axis", 0}});
  return tensors;
}

static bool is_floating(const Operand& x) { return is_floating(x.tensor.dtype()); }

// The type of a layer is that of its first input, so it fits tensors of one type.
template <class Merge>
static SymbolicTensor merged(const char* operation, const Operand& a, const Operand& b) {
  if (a.tensor.dtype() != b.tensor.dtype()) return record(operation, {a, b});
  return Merge({}, a.location)(aligned({a.tensor, b.tensor}, a.location), a.location);
}

static SymbolicTensor rescaled(const Operand& x, double scale, double offset) {
  return Rescaling({.scale = scale, .offset = offset}, x.location)(x.tensor, x.location);
}

// C++ does not tell 1 from 1.0 here, so beside whole numbers and truth values a whole number is one.
static Argument number_beside(const Operand& x, double number) {
  Argument argument(number, x.location);
  if (!is_floating(x) && number == std::floor(number) && std::fabs(number) < 1e15)
    argument.value = Literal(static_cast<int64_t>(number));
  return argument;
}

static SymbolicTensor with_number(const char* operation, const Operand& x, double number, double scale, double offset) {
  return is_floating(x) ? rescaled(x, scale, offset) : record(operation, {x, number_beside(x, number)});
}

SymbolicTensor operator+(const Operand& a, const Operand& b) { return merged<Add>("Add", a, b); }
SymbolicTensor operator+(const Operand& a, double b) { return with_number("Add", a, b, 1, b); }
SymbolicTensor operator+(double a, const Operand& b) { return with_number("Add", b, a, 1, a); }
SymbolicTensor operator+(const Operand& a, const Tensor& b) { return record("Add", {a, b}); }
SymbolicTensor operator+(const Tensor& a, const Operand& b) { return record("Add", {Argument(a, b.location), b}); }

SymbolicTensor operator-(const Operand& a, const Operand& b) { return merged<Subtract>("Subtract", a, b); }
SymbolicTensor operator-(const Operand& a, double b) { return with_number("Subtract", a, b, 1, -b); }
SymbolicTensor operator-(double a, const Operand& b) {
  return is_floating(b) ? rescaled(b, -1, a) : record("Subtract", {number_beside(b, a), b});
}
SymbolicTensor operator-(const Operand& a, const Tensor& b) { return record("Subtract", {a, b}); }
SymbolicTensor operator-(const Tensor& a, const Operand& b) { return record("Subtract", {Argument(a, b.location), b}); }
SymbolicTensor operator-(const Operand& x) { return is_floating(x) ? rescaled(x, -1, 0) : record("Negative", {x}); }

SymbolicTensor operator*(const Operand& a, const Operand& b) { return merged<Multiply>("Multiply", a, b); }
SymbolicTensor operator*(const Operand& a, double b) { return with_number("Multiply", a, b, b, 0); }
SymbolicTensor operator*(double a, const Operand& b) { return with_number("Multiply", b, a, a, 0); }
SymbolicTensor operator*(const Operand& a, const Tensor& b) { return record("Multiply", {a, b}); }
SymbolicTensor operator*(const Tensor& a, const Operand& b) { return record("Multiply", {Argument(a, b.location), b}); }

SymbolicTensor operator/(const Operand& a, const Operand& b) { return record("Divide", {a, b}); }
SymbolicTensor operator/(const Operand& a, double b) { return with_number("Divide", a, b, 1 / b, 0); }
SymbolicTensor operator/(double a, const Operand& b) { return record("Divide", {Argument(a, b.location), b}); }
SymbolicTensor operator/(const Operand& a, const Tensor& b) { return record("Divide", {a, b}); }
SymbolicTensor operator/(const Tensor& a, const Operand& b) { return record("Divide", {Argument(a, b.location), b}); }

SymbolicTensor maximum(const Operand& a, const Operand& b) { return merged<Maximum>("Maximum", a, b); }
SymbolicTensor maximum(const Operand& x, double low) { return record("Clip", {x}, {{"x_min", low}}); }
SymbolicTensor minimum(const Operand& a, const Operand& b) { return merged<Minimum>("Minimum", a, b); }
SymbolicTensor minimum(const Operand& x, double high) { return record("Clip", {x}, {{"x_max", high}}); }

}  // namespace graft
