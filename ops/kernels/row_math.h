#pragma once

// Internal: sums and extremes of a row of classes. They are inlined into GRAFT_KERNEL functions.

#include <cstdint>

#include "graft/ops/kernels/isa.h"
#include "graft/ops/kernels/lanes.h"

namespace graft::ops {

/// Returns f(0) + ... + f(n - 1).
template <class F>
GRAFT_INLINE float sum(int64_t n, F f) {
  float total = 0;
#pragma omp simd reduction(+ : total)
  for (int64_t i = 0; i < n; ++i) total += f(i);
  return total;
}

/// Returns the largest of n values, n > 0.
GRAFT_INLINE float largest(const float* x, int64_t n) {
  float out = x[0];
#pragma omp simd reduction(max : out)
  for (int64_t i = 0; i < n; ++i) out = x[i] > out ? x[i] : out;
  return out;
}

}  // namespace graft::ops
