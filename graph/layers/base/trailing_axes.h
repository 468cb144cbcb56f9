#pragma once

#include <vector>

#include "graft/graph/axes.h"

namespace graft {

/// The axes of a Value that a function acts along, brought to the end and merged into one: the function then works on
/// rows. All of it is views and, where axes change places, one copy.
class TrailingAxes {
 public:
  /// `keras_axes` are counted in Keras's order; repeated and unsorted ones are allowed. Throws ShapeError for an axis
  /// out of range.
  TrailingAxes(ops::Builder& builder, ops::Value x, const std::vector<int64_t>& keras_axes);

  /// (all other elements, elements along the axes), in Keras's order of axes.
  ops::Value rows(ops::Builder& builder, ops::Value x) const;
  /// A result with the dims of rows(), as the Value that it was made from: its rank, dims and order of axes.
  ops::Value back(ops::Builder& builder, ops::Value rows) const;

 private:
  std::vector<int> order_, inverse_;  // Keras's axes, the others first; and the way back
  ops::Dims moved_;                   // the dims in that order
  int64_t size_ = 1;                  // the elements along the axes
};

}  // namespace graft
