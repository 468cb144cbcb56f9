#include "graft/ops/kernels/recurrent/product.h"

#include "graft/ops/kernels/base/unrolled.h"

namespace graft::ops::recurrent {

namespace {

/// R rows and C of the columns of panels of J vectors, from column kFirst on. `row`: vectors from row to row of the
/// sums.
template <class S, int R, int C, int J, int kFirst>
GRAFT_INLINE void multiply_columns(const Product& at, float* to, int row) {
  using V = typename S::V;
  V sums[R * C] = {};
  const float* a = at.a;
  const float* w = at.weights;
  for (int64_t k = 0; k < at.depth; ++k, ++a, w += J * S::lanes) {
    V right[C];
    unrolled<C>([&](auto c) __attribute__((always_inline)) {
      constexpr int kColumn = kFirst + decltype(c)::value;
      right[c] = load<S>(w + kColumn / J * at.panel_step + kColumn % J * S::lanes);
    });
    unrolled<R * C>([&](auto i) __attribute__((always_inline)) { sums[i] += a[i / C * at.row_step] * right[i % C]; });
  }
  unrolled<R * C>([&](auto i) __attribute__((always_inline)) {
    store<S>(to + (i / C * row + kFirst + i % C) * S::lanes, sums[i]);
  });
}

/// A single row takes all columns at once: its weights are read once each, so they need no register.
template <class S, int R, int P, int J>
GRAFT_INLINE void multiply_tile(const Product& at, float* to) {
  constexpr int kAll = P * J, kOnce = R == 1 ? kAll : columns_at_once<S>(kAll);
  unrolled<kAll / kOnce>([&](auto pass) __attribute__((always_inline)) {
    multiply_columns<S, R, kOnce, J, decltype(pass)::value * kOnce>(at, to, kAll);
  });
}

template <class S, int P, int J, int R = most_rows<S>(P * J)>
GRAFT_INLINE void multiply_rows(int rows, const Product& at, float* to) {
  if (rows == R) return multiply_tile<S, R, P, J>(at, to);
  if constexpr (R > 1) multiply_rows<S, P, J, R - 1>(rows, at, to);
}

template <class S, int J>
GRAFT_INLINE void multiply_panels_of(const Tile& tile, const Product& at, float* to) {
  if (tile.panels == 1) return multiply_rows<S, 1, J>(tile.rows, at, to);
  if (tile.panels == 2) return multiply_rows<S, 2, J>(tile.rows, at, to);
  if constexpr (J <= 2)
    if (tile.panels == 4) return multiply_rows<S, 4, J>(tile.rows, at, to);
  if constexpr (J == 1) multiply_rows<S, 8, J>(tile.rows, at, to);
}

template <class S>
GRAFT_INLINE void multiply_any(const Tile& tile, const Product& at, float* to) {
  switch (tile.vectors) {
    case 1:
      return multiply_panels_of<S, 1>(tile, at, to);
    case 2:
      return multiply_panels_of<S, 2>(tile, at, to);
    case 3:
      return multiply_panels_of<S, 3>(tile, at, to);
    default:
      return multiply_panels_of<S, 4>(tile, at, to);
  }
}

GRAFT_AVX512 void multiply_wide(const Tile& tile, const Product& at, float* to) { multiply_any<Wide>(tile, at, to); }
GRAFT_KERNEL void multiply_narrow(const Tile& tile, const Product& at, float* to) {
  multiply_any<Narrow>(tile, at, to);
}

}  // namespace

void multiply(Wide, const Tile& tile, const Product& at, float* to) { multiply_wide(tile, at, to); }
void multiply(Narrow, const Tile& tile, const Product& at, float* to) { multiply_narrow(tile, at, to); }

}  // namespace graft::ops::recurrent
