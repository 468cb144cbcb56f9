#pragma once

// Internal: what is done with one tile, and the products at the points. All of it is inlined into functions that are
// compiled for an instruction set, whose registers the template argument S describes.

#include <algorithm>
#include <cstdint>

#include "graft/ops/kernels/base/activation.h"
#include "graft/ops/kernels/base/isa.h"

namespace graft::ops::winograd {

constexpr int64_t kPointsAlong = 4, kPoints = kPointsAlong * kPointsAlong;  // the most of a tile

/// AVX-512 has 32 registers of 16 floats, AVX2 16 of 8. `rows` x `columns` products are summed in registers.
struct Avx512 {
  using V = float __attribute__((vector_size(64), aligned(4), may_alias));
  static constexpr int lanes = 16, rows = 12, vectors = 2, columns = vectors * lanes;
};
struct Avx2 {
  using V = float __attribute__((vector_size(32), aligned(4), may_alias));
  static constexpr int lanes = 8, rows = 6, vectors = 2, columns = vectors * lanes;
};
constexpr int kMostRows = Avx512::rows, kMostColumns = Avx512::columns;

template <class S>
GRAFT_INLINE typename S::V load(const float* x) {
  return *reinterpret_cast<const typename S::V*>(x);
}
template <class S>
GRAFT_INLINE void store(float* to, typename S::V v) {
  *reinterpret_cast<typename S::V*>(to) = v;
}

// -- one axis: from pixels to points 0, 1, -1 and infinity, and back --------------------------------------------------

/// to = B^T x; Points - 1 taps.
template <int Points, int Step, class V>
GRAFT_INLINE void pixels_to_points(const V* x, V* to) {
  to[0] = x[2 * Step] - x[0];
  to[Step] = x[Step] + x[2 * Step];
  to[2 * Step] = x[2 * Step] - x[Step];
  if constexpr (Points == 4) to[3 * Step] = x[3 * Step] - x[Step];
}

/// Two outputs = A^T p.
template <int Points, int Step, class V>
GRAFT_INLINE void points_to_outputs(const V* p, V& first, V& second) {
  first = p[0] + p[Step] + p[2 * Step];
  second = p[Step] - p[2 * Step];
  if constexpr (Points == 4) second += p[3 * Step];
}

/// to = A y, the transposed of points_to_outputs.
template <int Points, int Step, class V>
GRAFT_INLINE void outputs_to_points(V first, V second, V* to) {
  to[0] = first;
  to[Step] = first + second;
  to[2 * Step] = first - second;
  if constexpr (Points == 4) to[3 * Step] = second;
}

/// to = G w, of the taps of a kernel.
template <int Points, int Step, class V>
GRAFT_INLINE void taps_to_points(const V* w, V* to) {
  to[0] = -w[0];
  if constexpr (Points == 4) {
    const V ends = (w[0] + w[2 * Step]) * 0.5f, middle = w[Step] * 0.5f;
    to[Step] = ends + middle;
    to[2 * Step] = ends - middle;
    to[3 * Step] = w[2 * Step];
  } else {
    to[Step] = (w[0] + w[Step]) * 0.5f;
    to[2 * Step] = (w[0] - w[Step]) * 0.5f;
  }
}

/// Taps = G^T p.
template <int Points, int Step, class V>
GRAFT_INLINE void points_to_taps(const V* p, V* to) {
  const V half = (p[Step] + p[2 * Step]) * 0.5f;
  to[0] = half - p[0];
  to[Step] = (p[Step] - p[2 * Step]) * 0.5f;
  if constexpr (Points == 4) to[2 * Step] = half + p[3 * Step];
}

// -- tiles ------------------------------------------------------------------------------------------------------------

/// Brings the pixels that one phase reads for a tile to its points.
template <class S, int R, int C>
GRAFT_INLINE void tile_to_points(const float* const* pixels, int64_t channels, float* const* to) {
  for (int64_t c = 0; c < channels; c += S::lanes) {
    typename S::V x[R * C], y[R * C];
#pragma GCC unroll 16
    for (int i = 0; i < R * C; ++i) x[i] = load<S>(pixels[i] + c);
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) pixels_to_points<R, C>(x + j, y + j);
#pragma GCC unroll 4
    for (int i = 0; i < R; ++i) pixels_to_points<C, 1>(y + i * C, x + i * C);
#pragma GCC unroll 16
    for (int i = 0; i < R * C; ++i) store<S>(to[i] + c, x[i]);
  }
}

template <class S>
GRAFT_INLINE typename S::V activated(typename S::V v, KernelActivation f) {
  if (f.kind == KernelActivation::relu) return v > 0.f ? v : v * f.low;
  if (f.kind == KernelActivation::clip) {
    const typename S::V above = v < f.low ? typename S::V{} + f.low : v;
    return above > f.high ? typename S::V{} + f.high : above;
  }
  return v;
}

/// Brings the points of a tile, `step` floats apart, to its outputs, for `columns` channels; null outputs are skipped.
template <class S, int R, int C>
GRAFT_INLINE void points_to_tile(const float* points, int64_t step, int64_t columns, KernelActivation f,
                                 const float* bias, const float* const* summands, float* const* outputs) {
  for (int64_t c = 0; c < columns; c += S::lanes) {
    typename S::V p[R * C], y[2 * C], z[4];
#pragma GCC unroll 16
    for (int i = 0; i < R * C; ++i) p[i] = load<S>(points + i * step + c);
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) points_to_outputs<R, C>(p + j, y[j], y[C + j]);
    points_to_outputs<C, 1>(y, z[0], z[1]);
    points_to_outputs<C, 1>(y + C, z[2], z[3]);
    const typename S::V b = bias ? load<S>(bias + c) : typename S::V{};
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      if (!outputs[i]) continue;
      typename S::V v = z[i] + b;
      if (summands[i]) v += load<S>(summands[i] + c);
      store<S>(outputs[i] + c, activated<S>(v, f));
    }
  }
}

/// Brings a tile of a gradient to points; pixels outside of the image are zeros.
template <class S, int R, int C>
GRAFT_INLINE void outputs_to_tile_points(const float* const* pixels, int64_t columns, float* const* to) {
  for (int64_t c = 0; c < columns; c += S::lanes) {
    typename S::V y[2 * C], p[R * C];
    outputs_to_points<C, 1>(load<S>(pixels[0] + c), load<S>(pixels[1] + c), y);
    outputs_to_points<C, 1>(load<S>(pixels[2] + c), load<S>(pixels[3] + c), y + C);
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) outputs_to_points<R, C>(y[j], y[C + j], p + j);
#pragma GCC unroll 16
    for (int i = 0; i < R * C; ++i) store<S>(to[i] + c, p[i]);
  }
}

// -- products at one point ------------------------------------------------------------------------------------------

/// Rows x columns of a product: c (+)= sum over k of a[row_step i + step k] b[k columns + j].
struct Product {
  const float* a;
  int64_t row_step, step;
  const float* b;
  int64_t depth;
  float* c;
  int64_t c_step;
};

template <class S, int Rows, bool Sideways, bool Adds>
GRAFT_INLINE void multiply(const Product& at) {
  typename S::V sum[Rows][S::vectors];
#pragma GCC unroll 12
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < S::vectors; ++j)
      sum[i][j] = Adds ? load<S>(at.c + i * at.c_step + j * S::lanes) : typename S::V{};
  const int64_t row_step = Sideways ? 1 : at.row_step, step = Sideways ? at.step : 1;
  const float* a = at.a;
  const float* b = at.b;
  for (int64_t k = 0; k < at.depth; ++k, a += step, b += S::columns) {
    typename S::V right[S::vectors];
#pragma GCC unroll 2
    for (int j = 0; j < S::vectors; ++j) right[j] = load<S>(b + j * S::lanes);
#pragma GCC unroll 12
    for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < S::vectors; ++j) sum[i][j] += a[i * row_step] * right[j];
  }
#pragma GCC unroll 12
  for (int i = 0; i < Rows; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < S::vectors; ++j) store<S>(at.c + i * at.c_step + j * S::lanes, sum[i][j]);
}

/// A product of `rows` rows, up to S::rows. Sideways: rows of a are contiguous (row_step is 1), else its columns are.
template <class S, bool Sideways, bool Adds>
GRAFT_INLINE void multiply(int64_t rows, const Product& at) {
  switch (rows) {
    case 1:
      return multiply<S, 1, Sideways, Adds>(at);
    case 2:
      return multiply<S, 2, Sideways, Adds>(at);
    case 3:
      return multiply<S, 3, Sideways, Adds>(at);
    case 4:
      return multiply<S, 4, Sideways, Adds>(at);
    case 5:
      return multiply<S, 5, Sideways, Adds>(at);
    case 6:
      return multiply<S, 6, Sideways, Adds>(at);
    default:
      break;
  }
  if constexpr (S::rows == 12) switch (rows) {
      case 7:
        return multiply<S, 7, Sideways, Adds>(at);
      case 8:
        return multiply<S, 8, Sideways, Adds>(at);
      case 9:
        return multiply<S, 9, Sideways, Adds>(at);
      case 10:
        return multiply<S, 10, Sideways, Adds>(at);
      case 11:
        return multiply<S, 11, Sideways, Adds>(at);
      case 12:
        return multiply<S, 12, Sideways, Adds>(at);
      default:
        break;
    }
}

}  // namespace graft::ops::winograd
