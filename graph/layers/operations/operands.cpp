#include "graft/graph/layers/operations/operands.h"

#include <algorithm>

#include "graft/graph/axes.h"

namespace graft {

using ops::Dims;
using ops::Value;

// -- operands --------------------------------------------------------------------------------------------------------

Value Operands::operator[](size_t operand) const {
  if (!has(operand)) throw ShapeError(cat("operand ", operand, " is missing"));
  return values[operand][0];
}

Dims Operands::dims_of(Value value) const { return scalars.contains(value.id) ? Dims{} : b.dims(value); }

DType Operands::dtype(size_t operand) const {
  const auto found = dtypes.find((*this)[operand].id);
  return found == dtypes.end() ? DType::f32 : found->second;
}

std::optional<float> Operands::number(size_t operand) const {
  const auto found = numbers.find((*this)[operand].id);
  return found == numbers.end() ? std::optional<float>() : found->second;
}

// -- settings --------------------------------------------------------------------------------------------------------

const Literal& Operands::setting(const std::string& name) const {
  if (const auto found = settings_.find(name); found != settings_.end()) return found->second;
  static const Literal none;
  const auto found = arguments_.others.find(name);
  return found == arguments_.others.end() ? none : found->second;
}

float Operands::number(const std::string& name, double otherwise) const {
  const Literal& value = setting(name);
  return static_cast<float>(value.is_none() ? otherwise : value.number());
}

int Operands::axis(const std::string& name, size_t operand) const {
  const int64_t all = rank(operand), axis = setting(name).integer();
  return own_order_ ? logical_axis(axis, all) : static_cast<int>(normalized_axis(axis, all));
}

std::vector<int> Operands::axes(const std::string& name, size_t operand) const {
  const auto all = static_cast<int>(rank(operand));
  std::vector<int> axes;
  if (setting(name).is_none()) {
    for (int axis = 0; axis < all; ++axis) axes.push_back(axis);
    return axes;
  }
  for (const int64_t axis : setting(name).integers()) {
    const int place = own_order_ ? logical_axis(axis, all) : static_cast<int>(normalized_axis(axis, all));
    if (std::ranges::find(axes, place) != axes.end()) throw ShapeError(cat("axis ", axis, " is named twice"));
    axes.push_back(place);
  }
  std::sort(axes.begin(), axes.end());
  return axes;
}

// -- values ----------------------------------------------------------------------------------------------------------

Value Operands::scalar(Value value) const {
  const Value single = b.reshape(value, {1});
  scalars.insert(single.id);
  return single;
}

Value Operands::shaped(Value value, const Dims& wanted) const {
  return wanted.empty() ? scalar(value) : b.dims(value) == wanted ? value : b.reshape(value, wanted);
}

Value Operands::filled(const Dims& dims, float number) const {
  if (dims.empty()) return scalar(b.scalar(number));
  return b.broadcast_to(b.reshape(b.scalar(number), Dims(dims.size(), 1)), dims);
}

Value Operands::reduced(Value value, const std::vector<int>& axes) const {
  if (flag("keepdims")) return value;
  const size_t rank = b.dims(value).size();
  const Value ordered = own_order_ ? to_channels_last(b, value) : value;
  std::vector<bool> gone(rank, false);
  for (const int axis : axes) {
    const auto place = static_cast<size_t>(axis);
    gone[!own_order_ || rank < 3 || place == 0 ? place : place == 1 ? rank - 1 : place - 1] = true;
  }
  Dims left;
  for (size_t axis = 0; axis < rank; ++axis)
    if (!gone[axis]) left.push_back(b.dims(ordered)[axis]);
  const Value result = shaped(ordered, left);
  return own_order_ ? to_channels_first(b, result) : result;
}

// -- broadcasting ----------------------------------------------------------------------------------------------------

// While shapes are inferred, an unknown dimension fits any other one: it takes its size.
static Value fitted(ops::Builder& b, Value value, const Dims& to, int64_t probe) {
  Dims dims = b.dims(value);
  for (size_t axis = 0; axis < dims.size(); ++axis)
    if (dims[axis] == probe) dims[axis] = to[axis];
  return dims == b.dims(value) ? value : b.input(dims, "x");
}

// The dims that all broadcast to.
static Dims common_dims(const ops::Builder& b, const ops::Values& values, int64_t probe) {
  Shape common;
  for (const Value v : values) {
    Dims dims = b.dims(v);
    if (probe != 0) std::replace(dims.begin(), dims.end(), probe, Shape::none);
    common = broadcast(common, Shape(dims));
  }
  Dims dims = common.dims();
  std::replace(dims.begin(), dims.end(), Shape::none, probe);
  return dims;
}

ops::Values Operands::aligned(const ops::Values& operands) const {
  const Dims common = common_dims(b, operands, probe);
  ops::Values result;
  for (const Value v : operands) {
    Dims dims = b.dims(v);
    if (dims != Dims{1}) dims.insert(dims.begin(), common.size() - dims.size(), 1);
    const Value ranked = dims == b.dims(v) ? v : b.reshape(v, dims);
    result.push_back(probe == 0 || dims.size() != common.size() ? ranked : fitted(b, ranked, common, probe));
    if (scalars.contains(v.id)) scalars.insert(result.back().id);
  }
  return result;
}

}  // namespace graft
