#include "graft/graph/axes.h"

#include <algorithm>
#include <numeric>

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;

Value to_channels_first(Builder& builder, Value keras_order) {
  const auto rank = static_cast<int>(builder.dims(keras_order).size());
  if (rank < 3) return keras_order;
  std::vector<int> permutation{0, rank - 1};
  for (int axis = 1; axis < rank - 1; ++axis) permutation.push_back(axis);
  return builder.transpose(keras_order, permutation);
}

Value to_channels_last(Builder& builder, Value channels_first) {
  const auto rank = static_cast<int>(builder.dims(channels_first).size());
  if (rank < 3) return channels_first;
  std::vector<int> permutation{0};
  for (int axis = 2; axis < rank; ++axis) permutation.push_back(axis);
  permutation.push_back(1);
  return builder.transpose(channels_first, permutation);
}

int logical_axis(int64_t keras_axis, int64_t rank) {
  const int64_t axis = normalized_axis(keras_axis, rank);
  if (rank < 3 || axis == 0) return static_cast<int>(axis);
  return axis == rank - 1 ? 1 : static_cast<int>(axis + 1);
}

Dims logical_dims(const Shape& shape) {
  if (shape.rank() == 0) return {1};
  Dims dims = shape.dims();
  if (dims.size() >= 3) std::rotate(dims.begin() + 1, dims.end() - 1, dims.end());
  return dims;
}

Shape keras_shape(const Dims& dims) {
  Dims turned = dims;
  if (turned.size() >= 3) std::rotate(turned.begin() + 1, turned.begin() + 2, turned.end());
  return Shape(turned);
}

Dims keras_dims(const Builder& builder, Value x) { return keras_shape(builder.dims(x)).dims(); }

Value reshape_keras(Builder& builder, Value x, const Dims& dims) {
  return to_channels_first(builder, builder.reshape(to_channels_last(builder, x), dims.empty() ? Dims{1} : dims));
}

ops::Value emit_sum(ops::Builder& b, ops::Value x) {
  std::vector<int> axes(b.dims(x).size());
  std::iota(axes.begin(), axes.end(), 0);
  return b.reshape(b.reduce(ops::Reduction::sum, x, axes), {1});
}

}  // namespace graft
