#pragma once

// Internal: kernels between values and places: updates of rows by number, one-hot rows, and the place of the largest or
// the smallest value.

#include <cstdint>

#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/program/functions.h"

namespace graft::ops {

/// The row, of `count`, that an index names; -1 for none. Negative numbers count from the end; other numbers that are
/// out of range, and those that are not whole, name no row.
int64_t row_of(float index, int64_t count);

/// Rows of `inner` floats: `count` of base and dst, and `picked` updates, with one index for each.
struct RowUpdates {
  int64_t count, picked, inner;
};
/// dst is base, in which the row that each index names is combined with its update, in their order.
void combine_rows(int threads, const RowUpdates& shape, Scatter how, const float* base, const float* updates,
                  const float* indices, float* dst);

/// For each of n indices a row of `classes` floats: 1 at the index, 0 elsewhere. An index that is no whole number in
/// [0, classes) gives zeros.
void one_hot_rows(int threads, int64_t n, int64_t classes, const float* indices, float* dst);

/// For each element of the nest (operands: dst, src): the place of the largest of n values that are `stride` floats
/// apart in src, the first of equals; that of the first NaN, if there is one.
void argmax_along(int threads, const LoopNest& nest, int64_t n, int64_t stride, const float* src, float* dst);
/// The same for the smallest.
void argmin_along(int threads, const LoopNest& nest, int64_t n, int64_t stride, const float* src, float* dst);

}  // namespace graft::ops
