#pragma once

#include <map>
#include <set>

#include "graft/graph/layer_impl.h"

namespace graft {

/// What an operation is computed from: Values, one for each operand of its signature, and its settings. A number or an
/// array that the call holds is a constant here. Axes are those of the Values, in the order that the operation asks
/// for.
class Operands {
 public:
  Operands(ops::Builder& builder, const Literals& settings, const CallArguments& arguments, bool own_order)
      : b(builder), settings_(settings), arguments_(arguments), own_order_(own_order) {}

  ops::Builder& b;
  std::vector<ops::Values> values;  ///< for each operand; several for a list, none for one that is None
  /// The values of rank 0, which are dims (1) in a Program: scalar() adds to them.
  mutable std::set<int32_t> scalars;
  std::map<int32_t, float> numbers = {};  ///< the constants that are one number in the call
  std::map<int32_t, DType> dtypes = {};   ///< of tensors; none while shapes are inferred
  ops::Value imaginary = {};              ///< that of the first operand, where it is complex
  int64_t probe = 0;                      ///< while shapes are inferred: the size that stands for an unknown dimension

  ops::Value operator[](size_t operand) const;  ///< the operand; throws ShapeError when it is absent
  bool has(size_t operand) const { return operand < values.size() && !values[operand].empty(); }
  const ops::Values& list(size_t operand) const { return values.at(operand); }  ///< an operand that is a list
  ops::Dims dims(size_t operand) const { return dims_of((*this)[operand]); }    ///< none of rank 0
  ops::Dims dims_of(ops::Value value) const;                                    ///< none of rank 0
  int64_t rank(size_t operand) const { return std::ssize(dims(operand)); }
  DType dtype(size_t operand) const;  ///< of an operand that is a tensor; float32 while shapes are inferred
  /// The number that the operand is, where the call holds one.
  std::optional<float> number(size_t operand) const;

  /// The value of one element as a result of rank 0.
  ops::Value scalar(ops::Value value) const;
  /// The value with these dims, of rank 0 where there are none; row-major order of its axes.
  ops::Value shaped(ops::Value value, const ops::Dims& dims) const;
  /// A value of these dims, all of whose elements are the number.
  ops::Value filled(const ops::Dims& dims, float number) const;
  /// The value without axes, all of size 1, or as it is if the setting "keepdims" is true.
  ops::Value reduced(ops::Value value, const std::vector<int>& axes) const;
  /// The values with ones before their dims, so that all have the largest rank and broadcast as in NumPy. Throws
  /// ShapeError where they do not broadcast.
  ops::Values aligned(const ops::Values& operands) const;

  /// A setting, or an argument of the call that is no tensor; None where it is absent.
  const Literal& setting(const std::string& name) const;
  bool flag(const std::string& name) const { return !setting(name).is_none() && setting(name).boolean(); }
  /// The number in a setting, or another one where it is None.
  float number(const std::string& name, double otherwise = 0) const;
  /// The axis in a setting, counted from 0. Throws ShapeError for an axis out of range.
  int axis(const std::string& name, size_t operand = 0) const;
  /// The axes of a setting that is an axis, a list of them, or None for all, in order. Throws ShapeError for an axis
  /// out of range or named twice.
  std::vector<int> axes(const std::string& name, size_t operand = 0) const;

 private:
  const Literals& settings_;
  const CallArguments& arguments_;
  bool own_order_;
};

}  // namespace graft
