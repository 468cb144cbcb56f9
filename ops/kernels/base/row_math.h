#pragma once

// Internal: sums and extremes of a row of classes. They are inlined into GRAFT_KERNEL functions.

#include <cstdint>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/lanes.h"

namespace graft::ops {

/// Returns f(0) + ... + f(n - 1).
template <class F>
GRAFT_INLINE float sum(int64_t n, F f) {
  float total = 0;
#pragma omp simd reduction(+ : total)
  for (int64_t i = 0; i < n; ++i) total += f(i);
  return total;
}

/// Returns the largest of n values, n > 0. The loop is over lanes because Clang makes no vectors of a plain one, and a
/// plain one may return another of 0 and -0 than lanes do.
GRAFT_INLINE float largest(const float* x, int64_t n) {
  Lanes most = Lanes{} + x[0];
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Lanes next = load_lanes(x + i);
    most = next > most ? next : most;
  }
  float out = most[0];
  for (int64_t j = 1; j < kLanes; ++j) out = most[j] > out ? most[j] : out;
  for (; i < n; ++i) out = x[i] > out ? x[i] : out;
  return out;
}

}  // namespace graft::ops
