#pragma once

#include "graft/graph/layers/operations/operation.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

// Expressions of Values that operations of several tables share.

using In = const Operands&;
using ops::Binary;
using ops::Dims;
using ops::Eltwise;
using ops::Reduction;
using ops::Value;
using ops::Values;

/// A row of a function of one tensor, element by element.
inline Operation unary(const char* name, Emit emit, Operation::Type type = Operation::Type::floats,
                       Literals settings = {}) {
  return {.name = name,
          .operands = {"x"},
          .settings = std::move(settings),
          .emit = std::move(emit),
          .type = type,
          .order = Operation::Order::elementwise};
}

/// One function of the Builder on the only operand, or on two.
template <Eltwise function>
Value apply(In in) {
  return in.b.eltwise(in[0], function);
}
template <Binary function>
Value combine(In in) {
  return in.b.binary(function, in[0], in[1]);
}

/// Comparisons with a number.
inline Value compared(In in, Binary comparison, Value x, float number) {
  return in.b.binary(comparison, x, in.b.scalar(number));
}

inline Value negated(In in, Value x) { return in.b.scale(x, -1); }
inline Value squared(In in, Value x) { return in.b.eltwise(x, Eltwise::square); }
inline Value sum_of(In in, Value x, const std::vector<int>& axes) {
  return axes.empty() ? x : in.b.reduce(Reduction::sum, x, axes);
}
inline Value mean_of(In in, Value x, const std::vector<int>& axes) {
  return axes.empty() ? x : in.b.reduce(Reduction::mean, x, axes);
}
/// The mean square distance to the mean along axes, which become 1.
inline Value variance_of(In in, Value x, const std::vector<int>& axes) {
  return mean_of(in, squared(in, in.b.sub(x, mean_of(in, x, axes))), axes);
}

/// The numbers first, first + 1, ... as a constant of rank 1.
Value counting(In in, int64_t count, int64_t first = 0);
/// A constant of rank 1.
Value constant_of(In in, const std::vector<float>& numbers);

/// The part from `begin` on, `size` long, of one axis.
Value cut(In in, Value x, int axis, int64_t begin, int64_t size);
/// The value with an axis of size 1 put before the given one.
Value expanded(In in, Value x, int axis);
/// The value with its axes in another order, of which those that are not named keep theirs: {axis} goes to {place}.
Value moved(In in, Value x, const std::vector<int>& axes, const std::vector<int>& places);
/// (..., rows, columns) -> (..., n): a diagonal, that many places right of the main one. Throws ShapeError for none.
Value diagonal_of(In in, Value matrices, int64_t offset);
/// All elements along one axis.
Value flat(In in, Value x);

/// Type rules of rows.
std::optional<DType> dtype_setting(const Literals& settings, DType common);  ///< the setting "dtype"
std::optional<DType> sum_dtype(const Literals& settings, DType common);      ///< "dtype", or int32 of booleans

}  // namespace graft
