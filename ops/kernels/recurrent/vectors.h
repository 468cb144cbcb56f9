#pragma once

// Internal: the vectors of the recurrent kernels, and products of a few rows that are summed in registers. All of it is
// inlined into functions that are compiled for an instruction set, whose registers the template argument S describes.

#include <algorithm>
#include <cstdint>

#include "graft/ops/kernels/base/isa.h"

#if defined(__x86_64__)
#define GRAFT_AVX512 __attribute__((target("arch=x86-64-v4")))
#else
#define GRAFT_AVX512
#endif

namespace graft::ops::recurrent {

/// `sums`: vectors that are summed at once, such that others fit into the registers beside them.
struct Wide {
  using V = float __attribute__((vector_size(64)));
  using Bits = uint32_t __attribute__((vector_size(64)));
  static constexpr int lanes = 16, sums = 24;
};
struct Narrow {
  using V = float __attribute__((vector_size(32)));
  using Bits = uint32_t __attribute__((vector_size(32)));
  static constexpr int lanes = 8, sums = 12;
};
constexpr int kMostSums = Wide::sums * Wide::lanes;  // floats

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

/// Rows of a, from `row_step` to `row_step` floats, times panels of packed weights. A panel has `depth` times J vectors
/// and is panel_step floats behind the one before.
struct Product {
  const float* a;
  int64_t row_step, depth;
  const float* weights;
  int64_t panel_step;
};

/// Writes R x P x J vectors of sums. Each is summed along the depth in order, whatever R and P are, so that the bits do
/// not depend on how rows and panels are grouped.
template <class S, int R, int P, int J>
GRAFT_INLINE void multiply(const Product& at, float* to) {
  typename S::V sum[R][P * J] = {};
  const float* a = at.a;
  const float* w = at.weights;
  for (int64_t k = 0; k < at.depth; ++k, ++a, w += J * S::lanes) {
    typename S::V right[P * J];
#pragma GCC unroll 8
    for (int c = 0; c < P * J; ++c) right[c] = load<S>(w + c / J * at.panel_step + c % J * S::lanes);
#pragma GCC unroll 24
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
      for (int c = 0; c < P * J; ++c) sum[r][c] += a[r * at.row_step] * right[c];
  }
#pragma GCC unroll 24
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < P * J; ++c) store<S>(to + (r * P * J + c) * S::lanes, sum[r][c]);
}

/// The rows that are summed at once for panels of J vectors.
template <class S, int J>
constexpr int most_rows() {
  return std::min(S::sums / J, 12);
}

template <class S, int P, int J, int R>
GRAFT_INLINE void multiply_rows(int64_t rows, const Product& at, float* to) {
  if (rows == R) return multiply<S, R, P, J>(at, to);
  if constexpr (R > 1) multiply_rows<S, P, J, R - 1>(rows, at, to);
}

/// Neighbouring rows and panels.
struct Extent {
  int64_t row, end_row, panel, end_panel;
};

/// Multiplies P panels at a time, as long as there are P, then half as many. Calls finish(row, panel, sums) with the J
/// vectors of each row and panel. `at` describes row 0 and panel 0.
template <class S, int P, int J, class Finish>
GRAFT_INLINE void multiply_panels(const Extent& extent, const Product& at, const Finish& finish) {
  constexpr int kRows = most_rows<S, P * J>();
  const int64_t rows = extent.end_row - extent.row, groups = (rows + kRows - 1) / kRows;
  alignas(64) float sums[kMostSums];
  int64_t panel = extent.panel;
  for (; panel + P <= extent.end_panel; panel += P)
    for (int64_t g = 0; g < groups; ++g) {
      const int64_t begin = extent.row + rows * g / groups, end = extent.row + rows * (g + 1) / groups;
      multiply_rows<S, P, J, kRows>(
          end - begin,
          {at.a + begin * at.row_step, at.row_step, at.depth, at.weights + panel * at.panel_step, at.panel_step}, sums);
      for (int64_t r = begin; r < end; ++r)
        for (int64_t p = 0; p < P; ++p) finish(r, panel + p, sums + ((r - begin) * P + p) * J * S::lanes);
    }
  if constexpr (P > 1)
    if (panel < extent.end_panel)
      multiply_panels<S, P / 2, J>({extent.row, extent.end_row, panel, extent.end_panel}, at, finish);
}

}  // namespace graft::ops::recurrent
