#pragma once

// Internal: the innermost loops of elementwise kernels. They must be called from GRAFT_KERNEL functions, into which
// they are inlined, and so are compiled for each instruction set.

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/lanes.h"
#include "graft/ops/kernels/base/loop_nest.h"

namespace graft::ops {

/// d[i] = f(x[i]) over a block whose dst has columns without gaps.
template <class F>
GRAFT_INLINE void map_block1(const Block& b, F f) {
  for (int64_t r = 0; r < b.rows; ++r) {
    float* d = b.data[0] + r * b.row_strides[0];
    const float* x = b.data[1] + r * b.row_strides[1];
    const int64_t n = b.columns, sx = b.column_strides[1];
    if (sx == 1) {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) d[i] = f(x[i]);
    } else {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) d[i] = f(x[i * sx]);
    }
  }
}

/// d[i] = f(x[i], y[i]) over such a block.
template <class F>
GRAFT_INLINE void map_block2(const Block& b, F f) {
  for (int64_t r = 0; r < b.rows; ++r) {
    float* d = b.data[0] + r * b.row_strides[0];
    const float* x = b.data[1] + r * b.row_strides[1];
    const float* y = b.data[2] + r * b.row_strides[2];
    const int64_t n = b.columns, sx = b.column_strides[1], sy = b.column_strides[2];
    if (sx == 1 && sy == 1) {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) d[i] = f(x[i], y[i]);
    } else if (sx == 1 && sy == 0) {
      const float c = *y;
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) d[i] = f(x[i], c);
    } else if (sx == 0 && sy == 1) {
      const float c = *x;
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) d[i] = f(c, y[i]);
    } else {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) d[i] = f(x[i * sx], y[i * sy]);
    }
  }
}

/// d[i] = f(x[i], y[i], z[i]) over such a block.
template <class F>
GRAFT_INLINE void map_block3(const Block& b, F f) {
  for (int64_t r = 0; r < b.rows; ++r) {
    float* d = b.data[0] + r * b.row_strides[0];
    const float* x = b.data[1] + r * b.row_strides[1];
    const float* y = b.data[2] + r * b.row_strides[2];
    const float* z = b.data[3] + r * b.row_strides[3];
    const int64_t n = b.columns, sx = b.column_strides[1], sy = b.column_strides[2], sz = b.column_strides[3];
    if (sx == 1 && sy == 1 && sz == 1) {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) d[i] = f(x[i], y[i], z[i]);
    } else if (sx == 1 && sy == 1 && sz == 0) {
      const float c = *z;
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) d[i] = f(x[i], y[i], c);
    } else {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) d[i] = f(x[i * sx], y[i * sy], z[i * sz]);
    }
  }
}

}  // namespace graft::ops
