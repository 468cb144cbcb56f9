#pragma once

// Internal: kernels between values and places: rows by number, one-hot rows, and the place of the largest value.

#include <cstdint>

#include "graft/ops/kernels/base/loop_nest.h"

namespace graft::ops {

/// Between a tensor of (outer, count, inner) floats and one of (outer, picked, inner), both row-major, with one of
/// `picked` row numbers for each row of the second. Negative numbers count from the end; other numbers that are out of
/// range, and those that are not whole, name no row.
struct GatherShape {
  int64_t outer, count, picked, inner;
};

/// dst[o, k, i] = src[o, indices[k], i]; zeros where the index names no row.
void gather_rows(int threads, const GatherShape& shape, const float* src, const float* indices, float* dst);
/// dst[o, r, i] = the sum of src[o, k, i] over all k with indices[k] = r, in their order.
void scatter_rows(int threads, const GatherShape& shape, const float* src, const float* indices, float* dst);

/// For each of n indices a row of `classes` floats: 1 at the index, 0 elsewhere. An index that is no whole number in
/// [0, classes) gives zeros.
void one_hot_rows(int threads, int64_t n, int64_t classes, const float* indices, float* dst);

/// For each element of the nest (operands: dst, src): the place of the largest of n values that are `stride` floats
/// apart in src, the first of equals.
void argmax_along(int threads, const LoopNest& nest, int64_t n, int64_t stride, const float* src, float* dst);

}  // namespace graft::ops
