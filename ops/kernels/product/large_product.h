#pragma once

// Internal: products of matrices of any size. They are for CPUs whose vectors hold eight floats, where oneDNN's
// products read rows and columns as they lie in memory, and lose up to half of their speed where these share places of
// the cache. The sums of an element are added in an order that depends on the depth alone, so no bit depends on the
// threads.

#include "graft/ops/kernels/product/product_end.h"
#include "graft/ops/kernels/product/small_product.h"

namespace graft::ops {

/// The element in row r and column c is data[r * row + c * column]. One of the two is 1.
struct MatrixView {
  const float* data;
  int64_t row, column;
};

/// Floats of a packed right matrix, whose columns are filled up to whole panels.
int64_t packed_floats(const ProductSize& size);
/// Packs a right matrix (depth, columns) for large_product.
void pack_right(int threads, const ProductSize& size, const MatrixView& right, float* packed);

/// Floats of the scratch that large_product takes with so many threads.
int64_t large_product_scratch(int threads);
/// Writes left (rows, depth) times a packed right matrix: to[r * to_row + c].
void large_product(int threads, const ProductSize& size, const MatrixView& left, const float* packed,
                   const ProductEnd& end, float* to, int64_t to_row, float* scratch);

}  // namespace graft::ops
