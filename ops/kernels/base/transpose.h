#pragma once

// Internal: transposes in registers. They are inlined into GRAFT_KERNEL functions.

#include "graft/ops/kernels/base/lanes.h"

namespace graft::ops {

/// Eight rows of eight numbers, `row` numbers apart, become eight columns of rows that are to_row floats apart.
template <class T>
GRAFT_INLINE void transpose_eight(const T* from, int64_t row, float* to, int64_t to_row) {
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
    store_lanes(to + i * to_row, __builtin_shufflevector(fours[i], fours[i + 4], 0, 1, 2, 3, 8, 9, 10, 11));
    store_lanes(to + (i + 4) * to_row, __builtin_shufflevector(fours[i], fours[i + 4], 4, 5, 6, 7, 12, 13, 14, 15));
  }
}

/// Rows of `width` numbers, `row` numbers apart, become the columns of a panel (width, kWidth), which are filled up
/// with zeros.
template <int64_t kWidth, class T>
GRAFT_INLINE void transpose_panel(const T* from, int64_t row, int64_t rows, int64_t width, float* to) {
  int64_t r = 0;
  for (; r + 8 <= rows; r += 8) {
    int64_t c = 0;
    for (; c + 8 <= width; c += 8) transpose_eight(from + r * row + c, row, to + c * kWidth + r, kWidth);
    for (; c < width; ++c)
      for (int64_t i = r; i < r + 8; ++i) to[c * kWidth + i] = load_one(from + i * row + c);
  }
  for (; r < kWidth; ++r)
    for (int64_t c = 0; c < width; ++c) to[c * kWidth + r] = r < rows ? load_one(from + r * row + c) : 0.f;
}

}  // namespace graft::ops
