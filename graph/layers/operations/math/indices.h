#pragma once

#include "graft/graph/layers/operations/math/operand.h"

namespace graft {

// The functions of keras.ops of the same names that pick, put and order elements.

/// Elements by number. Negative numbers count from the end, one out of range gives zeros; no gradient for the indices.
SymbolicTensor gather(const Argument& x, const Argument& indices,
                      int64_t axis);  ///< x (a..., n, b...), indices (m...): (a..., m..., b...)
SymbolicTensor take_along_axis(const Argument& x, const Argument& indices, int64_t axis);
SymbolicTensor one_hot(const Operand& indices, int64_t classes, int64_t axis = -1);  ///< (...) -> (..., classes)
SymbolicTensor multi_hot(const Operand& indices, int64_t classes);

/// x[key] of Python: numbers, Literal::Slice, Literal::Ellipsis and Literal() for a new axis, one after the other.
SymbolicTensor get_item(const Operand& x, const std::vector<Literal>& key);

/// Blocks.
SymbolicTensor slice(const Operand& x, const std::vector<int64_t>& begin,
                     const Shape& sizes);  ///< `sizes` of every axis from `begin` on; Shape::none: all that follow
SymbolicTensor slice_update(const Operand& x, const std::vector<int64_t>& begin, const Argument& updates);

/// Updates at places (..., k) in the first k axes. Equal places add up in scatter; `reduction` is "set", "add", "max",
/// "min" or "mul", where "set" keeps the last.
SymbolicTensor scatter(const Argument& indices, const Argument& values, const std::vector<int64_t>& shape);
SymbolicTensor scatter_update(const Argument& x, const Argument& indices, const Argument& updates,
                              const std::string& reduction = "set");

/// Rows of the data with the same number, put together.
SymbolicTensor segment_sum(const Argument& data, const Argument& segment_ids, int64_t num_segments);
SymbolicTensor segment_max(const Argument& data, const Argument& segment_ids, int64_t num_segments);

/// Order along an axis.
SymbolicTensor sort(const Operand& x, int64_t axis = -1);
SymbolicTensor argsort(const Operand& x, int64_t axis = -1);  ///< no gradient
SymbolicTensors top_k(const Operand& x, int64_t k);           ///< {values, indices} of the last axis
SymbolicTensor in_top_k(const Argument& targets, const Argument& predictions, int64_t k);

/// How many of the ascending numbers are less than each value ("right": at most it); the same for bins, of the right.
SymbolicTensor searchsorted(const Argument& sorted_sequence, const Argument& values, const std::string& side = "left");
SymbolicTensor digitize(const Operand& x, const Argument& bins);
SymbolicTensor isin(const Operand& x, const Argument& others, bool invert = false);

}  // namespace graft
