#include "graft/ops/kernels/attention/heads.h"

#include <algorithm>

#include "graft/ops/kernels/attention/small_product.h"
#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/lanes.h"

namespace graft::ops {

namespace {

template <class T>
GRAFT_INLINE void copy_in(const T* from, int64_t row, const HeadRows& of, float factor, float* to, int64_t padded) {
  for (int64_t r = 0; r < of.rows; ++r, from += row, to += padded) {
    for (int64_t c = 0; c < of.width; ++c) to[c] = factor * load_one(from + c);
    for (int64_t c = of.width; c < padded; ++c) to[c] = 0;
  }
}

/// Eight rows of eight numbers become eight columns.
template <class T>
GRAFT_INLINE void transpose_eight(const T* from, int64_t row, float* to) {
  Lanes pairs[8], fours[8];
  for (int i = 0; i < 8; i += 2) {
    const Lanes a = load_lanes(from + i * row), b = load_lanes(from + (i + 1) * row);
    pairs[i] = __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
    pairs[i + 1] = __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int i = 0; i < 8; i += 4)
    for (int k = 0; k < 2; ++k) {
      const Lanes a = pairs[i + k], b = pairs[i + k + 2];
      fours[i + 2 * k] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
      fours[i + 2 * k + 1] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int i = 0; i < 4; ++i) {
    store_lanes(to + i * kPanel, __builtin_shufflevector(fours[i], fours[i + 4], 0, 1, 2, 3, 8, 9, 10, 11));
    store_lanes(to + (i + 4) * kPanel, __builtin_shufflevector(fours[i], fours[i + 4], 4, 5, 6, 7, 12, 13, 14, 15));
  }
}

template <class T>
GRAFT_INLINE void copy_panel(const T* from, int64_t row, int64_t rows, int64_t width, float* to) {
  int64_t r = 0;
  for (; r + 8 <= rows; r += 8) {
    int64_t c = 0;
    for (; c + 8 <= width; c += 8) transpose_eight(from + r * row + c, row, to + c * kPanel + r);
    for (; c < width; ++c)
      for (int64_t i = r; i < r + 8; ++i) to[c * kPanel + i] = load_one(from + i * row + c);
  }
  for (; r < kPanel; ++r)
    for (int64_t c = 0; c < width; ++c) to[c * kPanel + r] = r < rows ? load_one(from + r * row + c) : 0.f;
}

template <class T>
GRAFT_INLINE void copy_columns(const T* from, int64_t row, const HeadRows& of, float* to) {
  for (int64_t r = 0; r < of.rows; r += kPanel, to += kPanel * of.width)
    copy_panel(from + r * row, row, std::min(kPanel, of.rows - r), of.width, to);
}

template <class T>
GRAFT_INLINE void copy_out(const float* from, int64_t padded, const float* factors, T* to, int64_t row,
                           const HeadRows& of) {
  for (int64_t r = 0; r < of.rows; ++r, from += padded, to += row) {
    const float factor = factors ? factors[r] : 1.f;
    int64_t c = 0;
    for (; c + kLanes <= of.width; c += kLanes) store_lanes(to + c, load_lanes(from + c) * factor);
    for (; c < of.width; ++c) store_one(to + c, from[c] * factor);
  }
}

GRAFT_KERNEL void rows_in(const void* data, const Heads& heads, const HeadRows& of, float factor, float* to,
                          int64_t padded) {
  if (heads.narrow) return copy_in(static_cast<const Bf16*>(data) + of.first, heads.row, of, factor, to, padded);
  copy_in(static_cast<const float*>(data) + of.first, heads.row, of, factor, to, padded);
}

GRAFT_KERNEL void columns_in(const void* data, const Heads& heads, const HeadRows& of, float* to) {
  if (heads.narrow) return copy_columns(static_cast<const Bf16*>(data) + of.first, heads.row, of, to);
  copy_columns(static_cast<const float*>(data) + of.first, heads.row, of, to);
}

GRAFT_KERNEL void rows_out(const float* from, int64_t padded, const float* factors, void* data, const Heads& heads,
                           const HeadRows& of) {
  if (heads.narrow) return copy_out(from, padded, factors, static_cast<Bf16*>(data) + of.first, heads.row, of);
  copy_out(from, padded, factors, static_cast<float*>(data) + of.first, heads.row, of);
}

}  // namespace

void pack_rows(const void* data, const Heads& heads, const HeadRows& of, float factor, float* to, int64_t padded) {
  rows_in(data, heads, of, factor, to, padded);
}

void pack_columns(const void* data, const Heads& heads, const HeadRows& of, float* to) {
  columns_in(data, heads, of, to);
}

void unpack_rows(const float* from, int64_t padded, const float* factors, void* data, const Heads& heads,
                 const HeadRows& of) {
  rows_out(from, padded, factors, data, heads, of);
}

}  // namespace graft::ops
