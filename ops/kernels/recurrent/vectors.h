#pragma once

// Internal: the vectors of the recurrent kernels. All of it is inlined into functions that are compiled for an
// instruction set, whose registers the template argument S describes.

#include <cstdint>

#include "graft/ops/kernels/base/isa.h"

#if defined(__x86_64__)
#define GRAFT_AVX512 __attribute__((target("arch=x86-64-v4")))
#else
#define GRAFT_AVX512
#endif

namespace graft::ops::recurrent {

/// `sums`: vectors that are summed at once; `columns`: vectors of weights beside them. With one more, for a number of a
/// row, all fit into the registers, of which there are 32 or 16.
struct Wide {
  using V = float __attribute__((vector_size(64)));
  using Bits = uint32_t __attribute__((vector_size(64)));
  static constexpr int lanes = 16, sums = 24, columns = 4;
};
struct Narrow {
  using V = float __attribute__((vector_size(32)));
  using Bits = uint32_t __attribute__((vector_size(32)));
  static constexpr int lanes = 8, sums = 12, columns = 3;
};

template <class S>
GRAFT_INLINE typename S::V load(const float* x) {
  typename S::V value;
  __builtin_memcpy(&value, x, sizeof value);
  return value;
}
template <class S>
GRAFT_INLINE void store(float* to, typename S::V v) {
  __builtin_memcpy(to, &v, sizeof v);
}

/// The same for the first `count` lanes, where these may be fewer than all; the others are zeros.
template <class S>
GRAFT_INLINE typename S::V load(const float* x, int64_t count) {
  if (count >= S::lanes) return load<S>(x);
  float some[S::lanes] = {};
  for (int64_t l = 0; l < count; ++l) some[l] = x[l];
  return load<S>(some);
}
template <class S>
GRAFT_INLINE void store(float* to, typename S::V v, int64_t count) {
  if (count >= S::lanes) return store<S>(to, v);
  float some[S::lanes];
  store<S>(some, v);
  for (int64_t l = 0; l < count; ++l) to[l] = some[l];
}

}  // namespace graft::ops::recurrent
