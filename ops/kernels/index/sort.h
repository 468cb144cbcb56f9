#pragma once

// Internal: kernels that order floats. NaN counts as larger than all numbers, and -0 as equal to 0.

#include "graft/ops/kernels/index/along.h"

namespace graft::ops {

/// The places of the first `count` elements, in order, of lines of n <= 2^24 elements; of equal ones the first comes
/// first. The operands of the lines are dst, src and `scratch`, which has 2 n floats for each line.
struct Ordering {
  Lines lines;
  int64_t n, count;
  bool descending;
};
void order_along(int threads, const Ordering& ordering, const float* src, float* dst, float* scratch);

/// dst[i] = the number of the `count` ascending floats that are less than values[i], or with `right` at most it.
void search_sorted(int threads, bool right, int64_t count, const float* sorted, int64_t n, const float* values,
                   float* dst);

}  // namespace graft::ops
