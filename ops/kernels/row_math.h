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

/// The largest of n values, n > 0. Of lanes: Clang makes no vectors of a plain loop, which may return another of 0 and
/// -0 than they do.
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
