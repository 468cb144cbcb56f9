#pragma once

// Internal: products of a few rows with packed weights, whose sums stay in registers.

#include <algorithm>

#include "graft/ops/kernels/recurrent/vectors.h"

namespace graft::ops::recurrent {

/// The most floats of sums of a tile.
constexpr int kMostSums = Wide::sums * Wide::lanes;

/// The vectors of a tile's columns that are summed in one pass over the depth, and the rows that fit beside them.
template <class S>
constexpr int columns_at_once(int columns) {
  return columns <= S::columns ? columns : 2;
}
template <class S>
constexpr int most_rows(int columns) {
  constexpr int kMost = 8;  // each takes a register for its address
  return columns > 4 ? 1 : std::min(S::sums / columns_at_once<S>(columns), kMost);
}

/// Rows of a, from `row_step` to `row_step` floats, times panels of packed weights. A panel has `depth` times J vectors
/// and is panel_step floats behind the one before.
struct Product {
  const float* a;
  int64_t row_step, depth;
  const float* weights;
  int64_t panel_step;
};

/// What is multiplied at once: rows by panels of some vectors.
struct Tile {
  int rows, panels, vectors;
};

/// Writes rows x panels x vectors vectors of sums, of at most most_rows(panels x vectors) rows. Each is summed along
/// the depth in order, whatever the tile is, so that the bits do not depend on how rows and panels are grouped. panels
/// is a power of 2; panels times vectors is 8 at most.
void multiply(Wide, const Tile& tile, const Product& at, float* to);
void multiply(Narrow, const Tile& tile, const Product& at, float* to);

/// Neighbouring rows and panels.
struct Extent {
  int64_t row, end_row, panel, end_panel;
};

/// Multiplies P panels at a time, as long as there are P, then half as many. Each step of the task is called for each
/// row and panel of a tile before the next one is, so that the processor works on several rows at once where what a row
/// needs comes one after the other: start(row, panel) before they are multiplied, to fetch what is needed then;
/// finish(row, panel, sums) with the J vectors of sums, and complete(row, panel, sums) with what finish left there.
/// `at` describes row 0 and panel 0.
template <class S, int P, int J, class Task>
GRAFT_INLINE void multiply_panels(const Extent& extent, const Product& at, const Task& task) {
  constexpr int kRows = most_rows<S>(P * J);
  const int64_t rows = extent.end_row - extent.row, groups = (rows + kRows - 1) / kRows;
  alignas(64) float sums[kMostSums];
  int64_t panel = extent.panel;
  for (; panel + P <= extent.end_panel; panel += P)
    for (int64_t g = 0; g < groups; ++g) {
      const int64_t begin = extent.row + rows * g / groups, end = extent.row + rows * (g + 1) / groups;
      const auto each = [&](const auto& step) __attribute__((always_inline)) {
        for (int64_t r = begin; r < end; ++r)
          for (int64_t p = 0; p < P; ++p) step(r, panel + p, sums + ((r - begin) * P + p) * J * S::lanes);
      };
      each([&](int64_t r, int64_t p, float*) __attribute__((always_inline)) { task.start(r, p); });
      multiply(S{}, {static_cast<int>(end - begin), P, J},
               {at.a + begin * at.row_step, at.row_step, at.depth, at.weights + panel * at.panel_step, at.panel_step},
               sums);
      each([&](int64_t r, int64_t p, float* of) __attribute__((always_inline)) { task.finish(r, p, of); });
      each([&](int64_t r, int64_t p, float* of) __attribute__((always_inline)) { task.complete(r, p, of); });
    }
  if constexpr (P > 1)
    if (panel < extent.end_panel)
      multiply_panels<S, P / 2, J>({extent.row, extent.end_row, panel, extent.end_panel}, at, task);
}

/// A task that only has to finish.
template <class Finish>
struct Finishing {
  const Finish& finish_;
  GRAFT_INLINE void start(int64_t, int64_t) const {}
  GRAFT_INLINE void finish(int64_t row, int64_t panel, float* sums) const { finish_(row, panel, sums); }
  GRAFT_INLINE void complete(int64_t, int64_t, float*) const {}
};

}  // namespace graft::ops::recurrent
