#include "graft/graph/layers/base/trailing_axes.h"

#include <set>

namespace graft {

TrailingAxes::TrailingAxes(ops::Builder& builder, ops::Value x, const std::vector<int64_t>& keras_axes) {
  const ops::Dims dims = keras_dims(builder, x);
  const auto rank = static_cast<int64_t>(dims.size());
  std::set<int64_t> axes;
  for (const int64_t axis : keras_axes) axes.insert(normalized_axis(axis, rank));
  for (int64_t axis = 0; axis < rank; ++axis)
    if (!axes.contains(axis)) order_.push_back(static_cast<int>(axis));
  for (const int64_t axis : axes) {
    order_.push_back(static_cast<int>(axis));
    size_ *= dims[static_cast<size_t>(axis)];
  }
  inverse_.resize(order_.size());
  for (size_t i = 0; i < order_.size(); ++i) {
    inverse_[static_cast<size_t>(order_[i])] = static_cast<int>(i);
    moved_.push_back(dims[static_cast<size_t>(order_[i])]);
  }
}

ops::Value TrailingAxes::rows(ops::Builder& builder, ops::Value x) const {
  const ops::Value moved = builder.transpose(to_channels_last(builder, x), order_);
  return builder.reshape(moved, {size_ == 0 ? 0 : ops::elements(moved_) / size_, size_});
}

ops::Value TrailingAxes::back(ops::Builder& builder, ops::Value rows) const {
  return to_channels_first(builder, builder.transpose(builder.reshape(rows, moved_), inverse_));
}

}  // namespace graft
