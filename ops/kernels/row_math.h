#pragma once

// Internal: what the kernels over rows of logits have in common. Inlined into GRAFT_KERNEL functions.

#include <cstdint>

#include "graft/ops/kernels/isa.h"
#include "graft/ops/kernels/lanes.h"

namespace graft::ops {

/// f(0) + ... + f(n - 1)
template <class F>
GRAFT_INLINE float sum(int64_t n, F f) {
  float total = 0;
#pragma omp simd reduction(+ : total)
  for (int64_t i = 0; i < n; ++i) total += f(i);
  return total;
}

/// The largest of n values, n > 0.
GRAFT_INLINE float largest(const float* x, int64_t n) {
  float out = x[0];
#pragma omp simd reduction(max : out)
  for (int64_t i = 0; i < n; ++i) out = x[i] > out ? x[i] : out;
  return out;
}

}  // namespace graft::ops
