#pragma once

// Internal: kernels that walk the lines of tensors along one axis: elements by number, scans and recurrences.

#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/program/functions.h"

namespace graft::ops {

/// Lines of several tensors that are walked together. Operand 0 is the destination.
struct Lines {
  LoopNest nest;                 ///< its elements are the first ones of the lines
  LoopNest::Strides steps = {};  ///< from one element of a line to the next, in floats
};

/// dst[k] = src[indices[k]] for the `picked` indices of each line, and 0 where the index names none of the `count`
/// elements of src's line, see row_of. The operands of the lines are dst, src, indices; indices whose strides between
/// lines are 0 are those of all lines.
void take_along(int threads, const Lines& lines, int64_t picked, int64_t count, const float* src, const float* indices,
                float* dst);
/// dst[i] = the sum of src[k] over all k with indices[k] = i, in their order. The operands are dst, src, indices.
void add_along(int threads, const Lines& lines, int64_t picked, int64_t count, const float* src, const float* indices,
               float* dst);

/// dst[k] = src[0] f ... f src[k], along lines of n elements; with `reverse` from the last one on. The operands are
/// dst, src. What is carried from one element to the next is double.
void scan_along(int threads, const Lines& lines, Scan f, bool reverse, int64_t n, const float* src, float* dst);
/// dst[k] = src[k] + factors[k] dst[k - 1]; with `reverse` dst[k + 1]. The operands are dst, src, factors.
void recur_along(int threads, const Lines& lines, bool reverse, int64_t n, const float* src, const float* factors,
                 float* dst);

}  // namespace graft::ops
