#include "graft/ops/kernels/product/large_product.h"

#include <algorithm>

#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/kernels/base/transpose.h"

namespace graft::ops {

namespace {

constexpr int64_t kDepth = 256;          // of a block: 16 columns of the right matrix take half of the first cache
constexpr int64_t kRows = 96;            // of a block of the left matrix, a quarter of the second cache
constexpr int64_t kGap = 16;             // between rows of a copied block, which else would share places of the cache
constexpr int64_t kPackGrain = 1 << 15;  // floats
constexpr int64_t kScratch = kRows * (kDepth + kGap) + kRows * kColumns;

int64_t ratio_up(int64_t n, int64_t by) { return (n + by - 1) / by; }

/// [0, n) in the fewest parts of at most `most`, of nearly equal sizes that are multiples of `unit`.
struct Parts {
  int64_t n, size;
  Parts(int64_t all, int64_t most, int64_t unit)
      : n(all), size(std::max(unit, ratio_up(ratio_up(all, ratio_up(all, most)), unit) * unit)) {}
  int64_t count() const { return ratio_up(n, size); }
  int64_t begin(int64_t part) const { return part * size; }
  int64_t length(int64_t part) const { return std::min(size, n - part * size); }
};

Parts depth_parts(const ProductSize& size) { return {size.depth, kDepth, 8}; }
int64_t panels(const ProductSize& size) { return ratio_up(size.columns, kColumns); }

// -- packing ----------------------------------------------------------------------------------------------------------

/// Rows of a panel: what is contiguous in memory stays so.
GRAFT_INLINE void pack_contiguous(const float* from, int64_t row, int64_t depth, int64_t columns, float* to) {
  for (int64_t k = 0; k < depth; ++k, from += row, to += kColumns) {
    if (columns == kColumns) {
      __builtin_memcpy(to, from, kColumns * sizeof(float));
      continue;
    }
    for (int64_t c = 0; c < kColumns; ++c) to[c] = c < columns ? from[c] : 0.f;
  }
}

GRAFT_KERNEL void pack_panel(const MatrixView& from, int64_t depth, int64_t columns, float* to) {
  if (from.column == 1) return pack_contiguous(from.data, from.row, depth, columns, to);
  transpose_panel<kColumns>(from.data, from.column, columns, depth, to);
}

// -- blocks -----------------------------------------------------------------------------------------------------------

/// A part of the result, which one thread computes.
struct Range {
  int64_t row, end_row, panel, end_panel;
};

/// How the threads share the result: in `rows` times `columns` ranges.
struct Grid {
  int64_t rows, columns;
};

/// The grid whose largest range is the smallest.
Grid grid_for(int threads, const ProductSize& size) {
  const int64_t tiles = ratio_up(size.rows, kTileRows), all = panels(size);
  Grid best{1, 1};
  int64_t least = tiles * all;
  for (int64_t columns = 1; columns <= threads; ++columns) {
    const int64_t rows = threads / columns, largest = ratio_up(tiles, rows) * ratio_up(all, columns);
    if (largest >= least) continue;
    least = largest;
    best = {rows, columns};
  }
  return {std::min(best.rows, tiles), std::min(best.columns, all)};
}

class Block {
 public:
  Block(const ProductSize& size, const MatrixView& left, const float* packed, const ProductEnd& end, float* to,
        int64_t to_row, float* scratch)
      : size_(size),
        left_(left),
        packed_(packed),
        end_(end),
        to_(to),
        to_row_(to_row),
        copy_(scratch),
        tile_(scratch + kRows * (kDepth + kGap)) {}

  void run(const Range& range) {
    const Parts depth = depth_parts(size_), rows(range.end_row - range.row, kRows, kTileRows);
    for (int64_t d = 0; d < depth.count(); ++d)
      for (int64_t r = 0; r < rows.count(); ++r) {
        const ProductSize part{rows.length(r), kColumns, depth.length(d)};
        const int64_t row = range.row + rows.begin(r);
        const LeftMatrix left = copied(row, depth.begin(d), part);
        const float* packed = packed_ + depth.begin(d) * panels(size_) * kColumns;
        for (int64_t p = range.panel; p < range.end_panel; ++p) {
          multiply(part, left, packed + p * part.depth * kColumns, row, p, d > 0);
          if (d + 1 == depth.count()) finish(row, part.rows, p);
        }
      }
  }

 private:
  /// The block of the left matrix with what is contiguous in it still contiguous.
  LeftMatrix copied(int64_t row, int64_t depth, const ProductSize& part) const {
    const float* from = left_.data + row * left_.row + depth * left_.column;
    const bool by_rows = left_.column == 1;
    const int64_t lines = by_rows ? part.rows : part.depth, length = by_rows ? part.depth : part.rows;
    const int64_t stride = by_rows ? part.depth + kGap : part.rows;
    for (int64_t l = 0; l < lines; ++l)
      std::copy_n(from + l * (by_rows ? left_.row : left_.column), length, copy_ + l * stride);
    return {copy_, by_rows ? stride : 1, by_rows ? 1 : stride};
  }

  int64_t columns(int64_t panel) const { return std::min(kColumns, size_.columns - panel * kColumns); }

  void multiply(const ProductSize& part, const LeftMatrix& left, const float* packed, int64_t row, int64_t panel,
                bool add) {
    float* to = to_ + row * to_row_ + panel * kColumns;
    if (columns(panel) == kColumns) return small_product(part, left, {packed, kColumns, 0}, to, to_row_, add);
    small_product(part, left, {packed, kColumns, 0}, tile_, kColumns, false);
    for (int64_t r = 0; r < part.rows; ++r)
      for (int64_t c = 0; c < columns(panel); ++c) {
        const float sum = tile_[r * kColumns + c];
        to[r * to_row_ + c] = add ? to[r * to_row_ + c] + sum : sum;
      }
  }

  void finish(int64_t row, int64_t rows, int64_t panel) {
    const int64_t column = panel * kColumns;
    finish_product({end_.bias ? end_.bias + column : nullptr, end_.activation}, rows, columns(panel),
                   to_ + row * to_row_ + column, to_row_);
  }

  const ProductSize& size_;
  const MatrixView& left_;
  const float* packed_;
  const ProductEnd& end_;
  float* const to_;
  const int64_t to_row_;
  float* const copy_;
  float* const tile_;  // of columns that are fewer than a panel has
};

}  // namespace

int64_t packed_floats(const ProductSize& size) { return size.depth * panels(size) * kColumns; }

void pack_right(int threads, const ProductSize& size, const MatrixView& right, float* packed) {
  const Parts depth = depth_parts(size);
  const int64_t across = panels(size);
  parallel_for(threads, depth.count() * across, std::max<int64_t>(1, kPackGrain / (depth.size * kColumns)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t i = begin; i < end; ++i) {
                   const int64_t d = i / across, column = i % across * kColumns, first = depth.begin(d);
                   const float* from = right.data + first * right.row + column * right.column;
                   pack_panel({from, right.row, right.column}, depth.length(d),
                              std::min(kColumns, size.columns - column),
                              packed + first * across * kColumns + column * depth.length(d));
                 }
               });
}

int64_t large_product_scratch(int threads) { return threads * kScratch; }

void large_product(int threads, const ProductSize& size, const MatrixView& left, const float* packed,
                   const ProductEnd& end, float* to, int64_t to_row, float* scratch) {
  const Grid grid = grid_for(threads, size);
  const int64_t tiles = ratio_up(size.rows, kTileRows), across = panels(size);
  parallel_for(threads, grid.rows * grid.columns, 1, [&](int64_t begin, int64_t stop) {
    for (int64_t i = begin; i < stop; ++i) {
      const int64_t r = i / grid.columns, c = i % grid.columns;
      Block(size, left, packed, end, to, to_row, scratch + i * kScratch)
          .run({tiles * r / grid.rows * kTileRows, std::min(size.rows, tiles * (r + 1) / grid.rows * kTileRows),
                across * c / grid.columns, across * (c + 1) / grid.columns});
    }
  });
}

}  // namespace graft::ops
