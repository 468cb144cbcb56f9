#include "graft/ops/kernels/winograd/gradient.h"

#include <algorithm>
#include <utility>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/kernels/winograd/parts.h"

namespace graft::ops {

// Each output is bilinear in the weights and the pixels at the points, so the gradient of the weights at a point is the
// sum, over all tiles, of pixels at the point times gradients of the outputs at the point.

using namespace winograd;

namespace {

constexpr int64_t kBlockFloats = 1 << 17;  // at the points of a block of tiles, for one thread
constexpr int64_t kFewestTiles = 64, kMostTiles = 128;

/// What one thread computes: the gradient between some channels of src and some of dst, from the first pixel to the
/// last tap, and the memory of its points: for a block of tiles a matrix of pixels for each point, (tiles, depth); of
/// gradients for each panel and point, (tiles, columns of a panel); sums for each panel and point, (depth, columns).
struct GradientWork {
  const WinogradGradient* gradient;
  const Part* part;
  Image src, diff_dst;
  int64_t first_src, first_dst;  // channels
  float *pixels, *diffs, *sums;
  float* to;

  GRAFT_INLINE float* diffs_at(int64_t panel, int64_t point, int64_t tiles, int64_t columns) const {
    return diffs + (panel * part->points + point) * tiles * columns;
  }
  GRAFT_INLINE float* sums_at(int64_t panel, int64_t point, int64_t columns) const {
    return sums + (panel * part->depth + part->before[point]) * src.channels * columns;
  }
};

/// Tiles that are summed together.
struct TileBlock {
  int64_t first, tiles;
};

// -- points -----------------------------------------------------------------------------------------------------------

template <class S, int R, int C>
GRAFT_INLINE void diffs_to_rows(const GradientWork& work, const Tile& tile, int64_t t, int64_t tiles) {
  const float* pixels[4];
  for (int k = 0; k < 4; ++k) pixels[k] = work.diff_dst.pixel(tile.image, tile.row + k / 2, tile.column + k % 2);
  for (int64_t first = 0; first < work.diff_dst.channels; first += S::columns) {
    const float* from[4] = {pixels[0] + first, pixels[1] + first, pixels[2] + first, pixels[3] + first};
    float* to[R * C];
    for (int p = 0; p < R * C; ++p) to[p] = work.diffs_at(first / S::columns, p, tiles, S::columns) + t * S::columns;
    outputs_to_tile_points<S, R, C>(from, std::min<int64_t>(S::columns, work.diff_dst.channels - first), to);
  }
}

template <class S>
GRAFT_INLINE void tiles_to_points(const GradientWork& work, const TileBlock& block) {
  for (int64_t t = 0; t < block.tiles; ++t) {
    const Tile tile = tile_at(block.first + t, work.gradient->rows, work.gradient->columns);
    tile_to_rows<S>(*work.part, work.src, tile, t, block.tiles, work.pixels);
    with_points(work.part->rows.points(), work.part->columns.points(),
                [&]<int R, int C>()
                    __attribute__((always_inline)) { diffs_to_rows<S, R, C>(work, tile, t, block.tiles); });
  }
}

// -- sums over tiles --------------------------------------------------------------------------------------------------

template <class S>
GRAFT_INLINE void sum_tiles(const GradientWork& work, const TileBlock& block) {
  for (int64_t panel = 0; panel * S::columns < work.diff_dst.channels; ++panel)
    for (int64_t p = 0; p < work.part->points; ++p) {
      const int64_t depth = work.part->depths[p] * work.src.channels;
      const Groups groups{depth, up(depth, S::rows)};
      for (int64_t g = 0; g < groups.count; ++g) {
        const int64_t begin = groups.begin(g), rows = groups.begin(g + 1) - begin;
        const Product product{work.pixels + block.tiles * work.src.channels * work.part->before[p] + begin,
                              1,
                              depth,
                              work.diffs_at(panel, p, block.tiles, S::columns),
                              block.tiles,
                              work.sums_at(panel, p, S::columns) + begin * S::columns,
                              S::columns};
        if (block.first == 0)
          multiply<S, true, false>(rows, product);
        else
          multiply<S, true, true>(rows, product);
      }
    }
}

// -- weights ----------------------------------------------------------------------------------------------------------

template <class S, int R, int C>
GRAFT_INLINE void phase_taps(const GradientWork& work, size_t a, size_t b, int64_t panel) {
  const WinogradPhase &rows = work.part->rows.phases[a], &columns = work.part->columns.phases[b];
  const int64_t src_channels = work.gradient->src_channels, dst_channels = work.gradient->dst_channels;
  for (int64_t channel = 0; channel < work.src.channels; ++channel)
    for (int64_t n = panel * S::columns; n < std::min((panel + 1) * S::columns, work.diff_dst.channels);
         n += S::lanes) {
      typename S::V points[R * C], half[(R - 1) * C], taps[(R - 1) * (C - 1)];
#pragma GCC unroll 4
      for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < C; ++j)
          points[i * C + j] = load<S>(work.sums_at(panel, i * work.part->across + j, S::columns) + n % S::columns +
                                      (work.part->place(j, a, b) * work.src.channels + channel) * S::columns);
#pragma GCC unroll 4
      for (int j = 0; j < C; ++j) points_to_taps<R, C>(points + j, half + j);
#pragma GCC unroll 3
      for (int i = 0; i < R - 1; ++i) points_to_taps<C, 1>(half + i * C, taps + i * (C - 1));
#pragma GCC unroll 3
      for (int i = 0; i < R - 1; ++i)
#pragma GCC unroll 3
        for (int j = 0; j < C - 1; ++j) {
          const int64_t row = rows.first_tap + i * rows.tap_step, column = columns.first_tap + j * columns.tap_step;
          const int64_t tap = row * work.gradient->columns.kernel + column;
          store<S>(work.to + (tap * src_channels + work.first_src + channel) * dst_channels + work.first_dst + n,
                   taps[i * (C - 1) + j]);
        }
    }
}

template <class S>
GRAFT_INLINE void sums_to_taps(const GradientWork& work) {
  for (int64_t panel = 0; panel * S::columns < work.diff_dst.channels; ++panel)
    for (size_t a = 0; a < work.part->rows.phases.size(); ++a)
      for (size_t b = 0; b < work.part->columns.phases.size(); ++b)
        with_points(work.part->rows.phases[a].points(), work.part->columns.phases[b].points(),
                    [&]<int R, int C>() __attribute__((always_inline)) { phase_taps<S, R, C>(work, a, b, panel); });
}

template <class S>
GRAFT_INLINE void compute(const GradientWork& work, int64_t tiles, int64_t blocks) {
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t first = tiles * block / blocks;
    const TileBlock at{first, tiles * (block + 1) / blocks - first};
    tiles_to_points<S>(work, at);
    sum_tiles<S>(work, at);
  }
  sums_to_taps<S>(work);
}

GRAFT_AVX512 void compute_avx512(const GradientWork& work, int64_t tiles, int64_t blocks) {
  compute<Avx512>(work, tiles, blocks);
}
GRAFT_AVX2 void compute_avx2(const GradientWork& work, int64_t tiles, int64_t blocks) {
  compute<Avx2>(work, tiles, blocks);
}

/// Cuts the channels of src and of dst into ranges, one pair of them for each thread. So some floats are brought to
/// the points more than once, which costs less than fetching them from another core.
struct Ranges {
  int64_t lanes, panel, src_vectors, panels, src, dst;

  Ranges(const WinogradGradient& gradient, const Part& part, int threads)
      : lanes(gradient.lanes),
        panel(gradient.panel_columns()),
        src_vectors(gradient.src_channels / lanes),
        panels(up(gradient.dst_channels, panel)),
        src(1),
        dst(1) {
    double least = 0;
    for (int64_t s = 1; s <= std::min<int64_t>(threads, src_vectors); ++s) {
      const int64_t d = std::min<int64_t>(threads / s, panels);
      const double points =
          static_cast<double>(part.depth * up(src_vectors, s) * lanes + part.points * up(panels, d) * panel);
      const double sums = static_cast<double>(up(src_vectors, s) * up(panels, d));
      const double cost = sums * static_cast<double>(part.depth * lanes * panel) + kPoint * points;
      if (least != 0 && cost >= least) continue;
      least = cost;
      src = s;
      dst = d;
    }
  }
  int64_t count() const { return src * dst; }
  int64_t src_channels() const { return up(src_vectors, src) * lanes; }  // of the largest range
  int64_t dst_channels() const { return up(panels, dst) * panel; }
  int64_t first_src(int64_t k) const { return src_vectors * k / src * lanes; }
  int64_t first_dst(int64_t k) const { return panels * k / dst * panel; }

 private:
  static constexpr double kPoint = 10;  // bringing a float to the points costs as much as this number of products
};

}  // namespace

// -- all of it --------------------------------------------------------------------------------------------------------

WinogradGradient::WinogradGradient(int64_t n, WinogradAxis r, WinogradAxis c, int64_t from, int64_t to, int64_t vector)
    : WinogradTiling(n, std::move(r), std::move(c), from, to, vector),
      blocks_(up(tiles_, std::clamp(kBlockFloats * tiles_ / point_floats(), kFewestTiles, kMostTiles))) {}

int64_t WinogradGradient::sum_floats() const { return blocks_ * products() / tiles_; }

int64_t WinogradGradient::scratch_floats(int threads) const {
  const Part& part = plan_->parts[0];
  const Ranges ranges(*this, part, threads);
  const int64_t pixels = part.depth * ranges.src_channels();
  return ranges.count() *
         (up(tiles_, blocks_) * (pixels + part.points * ranges.dst_channels()) + pixels * ranges.dst_channels());
}

void WinogradGradient::run(int threads, int ranges_for, const float* src, const float* diff_dst, float* to,
                           float* scratch) const {
  const auto body = wide() ? compute_avx512 : compute_avx2;
  const Part& part = plan_->parts[0];
  const Ranges ranges(*this, part, ranges_for);
  const float* zeros = plan_->zeros.data();
  const int64_t pixels = up(tiles_, blocks_) * part.depth * ranges.src_channels(),
                diffs = up(tiles_, blocks_) * part.points * ranges.dst_channels(),
                floats = scratch_floats(ranges_for) / ranges.count();
  parallel_for(threads, ranges.count(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      const int64_t s = k / ranges.dst, d = k % ranges.dst;
      const int64_t from = ranges.first_src(s), first = ranges.first_dst(d);
      float* own = scratch + k * floats;
      body({.gradient = this,
            .part = &part,
            .src = {src + from, zeros, rows.src, columns.src, src_channels, ranges.first_src(s + 1) - from},
            .diff_dst = {diff_dst + first, zeros, rows.dst, columns.dst, dst_channels,
                         std::min(ranges.first_dst(d + 1), dst_channels) - first},
            .first_src = from,
            .first_dst = first,
            .pixels = own,
            .diffs = own + pixels,
            .sums = own + pixels + diffs,
            .to = to},
           tiles_, blocks_);
    }
  });
}

}  // namespace graft::ops
