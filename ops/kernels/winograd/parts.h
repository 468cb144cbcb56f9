#pragma once

// Internal: what the kernels of winograd.cpp and gradient.cpp share: which phases meet at which point, and how the
// pixels of a tile are brought there.

#include <algorithm>
#include <vector>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/winograd/axis.h"
#include "graft/ops/kernels/winograd/tiles.h"

#if defined(__x86_64__)
#define GRAFT_AVX512 __attribute__((target("arch=x86-64-v4")))
#define GRAFT_AVX2 __attribute__((target("arch=x86-64-v3")))
#else
#define GRAFT_AVX512
#define GRAFT_AVX2
#endif

namespace graft::ops::winograd {

/// A part along both axes. The depth of the product at a point is the number of phases that have it.
struct Part {
  WinogradPart rows, columns;
  int64_t across, points, depth = 0;  // across: points of a row; depth: of all points together
  int64_t depths[kPoints], before[kPoints], column_depths[kPointsAlong];

  Part(const WinogradPart& r, const WinogradPart& c)
      : rows(r), columns(c), across(c.points()), points(r.points() * c.points()) {
    for (int64_t j = 0; j < across; ++j) column_depths[j] = c.depth(j);
    for (int64_t p = 0; p < points; ++p) {
      depths[p] = r.depth(p / across) * column_depths[p % across];
      before[p] = depth;
      depth += depths[p];
    }
  }
  /// The index of the phases (a, b) among those that have a point of column j.
  GRAFT_INLINE int64_t place(int64_t j, size_t a, size_t b) const {
    return static_cast<int64_t>(a) * column_depths[j] + static_cast<int64_t>(b);
  }
  /// The same, counted from the first phase of the first point.
  GRAFT_INLINE int64_t row(int64_t i, int64_t j, size_t a, size_t b) const {
    return before[i * across + j] + place(j, a, b);
  }
};

/// Tables that all runs read and none changes.
struct Plan {
  std::vector<Part> parts;
  int64_t depth = 0, points = 0, deepest = 0;  // of all parts together; of the deepest
  std::vector<float> zeros;                    // the pixel that is read on padding

  Plan(const WinogradAxis& rows, const WinogradAxis& columns, int64_t channels)
      : zeros(static_cast<size_t>(up(channels, kMostColumns) * kMostColumns)) {
    for (const WinogradPart& r : rows.parts)
      for (const WinogradPart& c : columns.parts) {
        const Part& part = parts.emplace_back(r, c);
        depth += part.depth;
        points += part.points;
        deepest = std::max(deepest, part.depth);
      }
  }
};

/// Calls f<R, C>() for tiles of R x C points.
template <class F>
GRAFT_INLINE void with_points(int64_t rows, int64_t columns, const F& f) {
  if (rows == 4 && columns == 4)
    f.template operator()<4, 4>();
  else if (rows == 4)
    f.template operator()<4, 3>();
  else if (columns == 4)
    f.template operator()<3, 4>();
  else
    f.template operator()<3, 3>();
}

struct Tile {
  int64_t image, row, column;  // row, column: of its first unit
};

GRAFT_INLINE Tile tile_at(int64_t index, const WinogradAxis& rows, const WinogradAxis& columns) {
  const int64_t across = columns.tiles(), area = rows.tiles() * across, within = index % area;
  return {index / area, 2 * (within / across), 2 * (within % across)};
}

/// Some channels of images, channels last, surrounded by zeros. `step`: floats from pixel to pixel.
struct Image {
  const float* at;
  const float* zeros;
  int64_t rows, columns, step, channels;
  GRAFT_INLINE const float* pixel(int64_t image, int64_t y, int64_t x) const {
    return y < 0 || y >= rows || x < 0 || x >= columns ? zeros : at + ((image * rows + y) * columns + x) * step;
  }
};

template <class S, int R, int C>
GRAFT_INLINE void phase_to_points(const Image& src, const Tile& tile, const WinogradPhase& rows,
                                  const WinogradPhase& columns, float* const* to) {
  const float* pixels[R * C];
  for (int i = 0; i < R; ++i)
    for (int j = 0; j < C; ++j)
      pixels[i * C + j] = src.pixel(tile.image, rows.first + rows.step * (tile.row + i),
                                    columns.first + columns.step * (tile.column + j));
  tile_to_points<S, R, C>(pixels, src.channels, to);
}

/// Brings all phases of a tile to its points: to row `t` of a matrix of `tiles` rows for each point.
template <class S>
GRAFT_INLINE void tile_to_rows(const Part& part, const Image& src, const Tile& tile, int64_t t, int64_t tiles,
                               float* points) {
  for (size_t a = 0; a < part.rows.phases.size(); ++a)
    for (size_t b = 0; b < part.columns.phases.size(); ++b) {
      const WinogradPhase &rows = part.rows.phases[a], &columns = part.columns.phases[b];
      float* to[kPoints];
      for (int64_t i = 0, k = 0; i < rows.points(); ++i)
        for (int64_t j = 0; j < columns.points(); ++j, ++k) {
          const int64_t p = i * part.across + j;
          to[k] = points + src.channels * (tiles * part.before[p] + t * part.depths[p] + part.place(j, a, b));
        }
      with_points(rows.points(), columns.points(), [&]<int R, int C>() __attribute__((always_inline)) {
        phase_to_points<S, R, C>(src, tile, rows, columns, to);
      });
    }
}

/// Groups of rows of a product that are computed together; their sizes differ by at most one row.
struct Groups {
  int64_t rows, count;
  GRAFT_INLINE int64_t begin(int64_t group) const { return rows * group / count; }
};

}  // namespace graft::ops::winograd
