#pragma once

// Internal: products of matrices that fit into the cache of a core, of which attention and large products are made.

#include <cstdint>

namespace graft::ops {

/// Columns of the right matrix that are kept together in memory, as many as the largest tile has.
constexpr int64_t kPanel = 32;

/// The element in row r and column k is data[r * row + k * step].
struct LeftMatrix {
  const float* data;
  int64_t row, step;
};
/// The element in row k and column c is data[c / kPanel * panel + k * row + c % kPanel].
struct RightMatrix {
  const float* data;
  int64_t row, panel;
};
/// The columns of a matrix whose rows follow each other, at a distance of `row`.
inline RightMatrix plain_columns(const float* data, int64_t row) { return {data, row, kPanel}; }

struct ProductSize {
  int64_t rows, columns, depth;
};
constexpr int64_t kColumns = 16;  ///< columns that are always computed together

/// Rows that are computed together: each column of the right matrix is read once for all of them.
constexpr int64_t kTileRows = 6;

/// Writes left * right, or adds it: to[r * to_row + c]. The columns of `size` must be a multiple of kColumns.
void small_product(const ProductSize& size, const LeftMatrix& left, const RightMatrix& right, float* to, int64_t to_row,
                   bool add);

}  // namespace graft::ops
