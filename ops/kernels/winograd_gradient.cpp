// The weights' gradient. Each output is bilinear in the weights and the pixels at the points, so the gradient of the
// weights at a point is the sum, over all tiles, of pixels at the point times gradients of the outputs at the point.

#include <utility>

#include "graft/ops/kernels/loop_nest.h"
#include "graft/ops/kernels/winograd_parts.h"
#include "graft/ops/lowering.h"

namespace graft::ops {

using namespace winograd;

namespace {

constexpr int64_t kBlockFloats = 1 << 19;  // of the points of a block of tiles
constexpr int64_t kFewestTiles = 128, kMostTiles = 512;

/// One block of tiles, and where its points lie: a matrix of pixels for each point, (tiles, depth); of gradients for
/// each panel and point, (tiles, columns of a panel); sums for each panel and point, (depth, columns).
struct GradientBlock {
  const WinogradGradient* gradient;
  const Part* part;
  Image src, diff_dst;
  int64_t first_tile, tiles;
  float *pixels, *diffs, *sums;

  GRAFT_INLINE float* diffs_at(int64_t panel, int64_t point, int64_t columns) const {
    return diffs + (panel * part->points + point) * tiles * columns;
  }
  GRAFT_INLINE float* sums_at(int64_t panel, int64_t point, int64_t columns) const {
    return sums + (panel * part->depth + part->before[point]) * src.channels * columns;
  }
};

// -- points -----------------------------------------------------------------------------------------------------------

template <class S, int R, int C>
GRAFT_INLINE void diffs_to_rows(const GradientBlock& at, const Tile& tile, int64_t t) {
  const float* pixels[4];
  for (int k = 0; k < 4; ++k) pixels[k] = at.diff_dst.pixel(tile.image, tile.row + k / 2, tile.column + k % 2);
  for (int64_t first = 0; first < at.diff_dst.channels; first += S::columns) {
    const float* from[4] = {pixels[0] + first, pixels[1] + first, pixels[2] + first, pixels[3] + first};
    float* to[R * C];
    for (int p = 0; p < R * C; ++p) to[p] = at.diffs_at(first / S::columns, p, S::columns) + t * S::columns;
    outputs_to_tile_points<S, R, C>(from, std::min<int64_t>(S::columns, at.diff_dst.channels - first), to);
  }
}

template <class S>
GRAFT_INLINE void tiles_to_points(const GradientBlock& at, int64_t begin, int64_t end) {
  const bool rows = at.part->rows->points() == 4, columns = at.part->columns->points() == 4;
  for (int64_t t = begin; t < end; ++t) {
    const Tile tile = tile_at(at.first_tile + t, at.gradient->rows, at.gradient->columns);
    tile_to_rows<S>(*at.part, at.src, tile, t, at.tiles, at.pixels);
    if (rows && columns)
      diffs_to_rows<S, 4, 4>(at, tile, t);
    else if (rows)
      diffs_to_rows<S, 4, 3>(at, tile, t);
    else if (columns)
      diffs_to_rows<S, 3, 4>(at, tile, t);
    else
      diffs_to_rows<S, 3, 3>(at, tile, t);
  }
}

// -- sums over tiles --------------------------------------------------------------------------------------------------

/// Rows of the sums that are computed together.
struct RowGroup {
  int64_t panel, point, begin, rows;
};

template <class S>
GRAFT_INLINE void sum_group(const GradientBlock& at, const RowGroup& group) {
  const int64_t depth = at.part->depths[group.point] * at.src.channels;
  const Product product{at.pixels + at.tiles * at.src.channels * at.part->before[group.point] + group.begin,
                        1,
                        depth,
                        at.diffs_at(group.panel, group.point, S::columns),
                        at.tiles,
                        at.sums_at(group.panel, group.point, S::columns) + group.begin * S::columns,
                        S::columns};
  if (at.first_tile == 0)
    multiply<S, true, false>(group.rows, product);
  else
    multiply<S, true, true>(group.rows, product);
}

std::vector<RowGroup> row_groups(const Part& part, int64_t src_channels, int64_t panels) {
  const int64_t most = wide() ? Avx512::rows : Avx2::rows;
  std::vector<RowGroup> out;
  for (int64_t panel = 0; panel < panels; ++panel)
    for (int64_t p = 0; p < part.points; ++p) {
      const int64_t rows = part.depths[p] * src_channels;
      const Groups groups{rows, up(rows, most)};
      for (int64_t g = 0; g < groups.count; ++g)
        out.push_back({panel, p, groups.begin(g), groups.begin(g + 1) - groups.begin(g)});
    }
  return out;
}

// -- weights ----------------------------------------------------------------------------------------------------------

/// One channel of src, for one panel and the phases (a, b).
struct TapsPlace {
  size_t a, b;
  int64_t panel, channel, kernel_columns;
  float* to;
};

template <class S, int R, int C>
GRAFT_INLINE void phase_taps(const GradientBlock& at, const TapsPlace& place) {
  const WinogradPhase &rows = at.part->rows->phases[place.a], &columns = at.part->columns->phases[place.b];
  const int64_t channels = at.diff_dst.channels, first = place.panel * S::columns;
  for (int64_t n = 0; n < S::columns && first + n < channels; n += S::lanes) {
    typename S::V points[R * C], half[(R - 1) * C], taps[(R - 1) * (C - 1)];
#pragma GCC unroll 4
    for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < C; ++j)
        points[i * C + j] =
            load<S>(at.sums_at(place.panel, i * at.part->across + j, S::columns) + n +
                    (at.part->place(j, place.a, place.b) * at.src.channels + place.channel) * S::columns);
#pragma GCC unroll 4
    for (int j = 0; j < C; ++j) points_to_taps<R, C>(points + j, half + j);
#pragma GCC unroll 3
    for (int i = 0; i < R - 1; ++i) points_to_taps<C, 1>(half + i * C, taps + i * (C - 1));
#pragma GCC unroll 3
    for (int i = 0; i < R - 1; ++i)
#pragma GCC unroll 3
      for (int j = 0; j < C - 1; ++j) {
        const int64_t row = rows.first_tap + i * rows.tap_step, column = columns.first_tap + j * columns.tap_step;
        const int64_t tap = row * place.kernel_columns + column;
        store<S>(place.to + (tap * at.src.channels + place.channel) * channels + first + n, taps[i * (C - 1) + j]);
      }
  }
}

template <class S>
GRAFT_INLINE void sums_to_taps(const GradientBlock& at, const TapsPlace& place) {
  const bool rows = at.part->rows->phases[place.a].taps == 3, columns = at.part->columns->phases[place.b].taps == 3;
  if (rows && columns)
    phase_taps<S, 4, 4>(at, place);
  else if (rows)
    phase_taps<S, 4, 3>(at, place);
  else if (columns)
    phase_taps<S, 3, 4>(at, place);
  else
    phase_taps<S, 3, 3>(at, place);
}

/// The three loops, for an instruction set.
struct Loops {
  void (*tiles_to_points)(const GradientBlock&, int64_t begin, int64_t end);
  void (*sum_group)(const GradientBlock&, const RowGroup&);
  void (*sums_to_taps)(const GradientBlock&, const TapsPlace&);
};

GRAFT_AVX512 void tiles_to_points_avx512(const GradientBlock& at, int64_t begin, int64_t end) {
  tiles_to_points<Avx512>(at, begin, end);
}
GRAFT_AVX512 void sum_group_avx512(const GradientBlock& at, const RowGroup& group) { sum_group<Avx512>(at, group); }
GRAFT_AVX512 void sums_to_taps_avx512(const GradientBlock& at, const TapsPlace& place) {
  sums_to_taps<Avx512>(at, place);
}
GRAFT_AVX2 void tiles_to_points_avx2(const GradientBlock& at, int64_t begin, int64_t end) {
  tiles_to_points<Avx2>(at, begin, end);
}
GRAFT_AVX2 void sum_group_avx2(const GradientBlock& at, const RowGroup& group) { sum_group<Avx2>(at, group); }
GRAFT_AVX2 void sums_to_taps_avx2(const GradientBlock& at, const TapsPlace& place) { sums_to_taps<Avx2>(at, place); }

Loops loops() {
  if (wide()) return {tiles_to_points_avx512, sum_group_avx512, sums_to_taps_avx512};
  return {tiles_to_points_avx2, sum_group_avx2, sums_to_taps_avx2};
}

}  // namespace

// -- all of it --------------------------------------------------------------------------------------------------------

WinogradGradient::WinogradGradient(int64_t n, WinogradAxis r, WinogradAxis c, int64_t from, int64_t to)
    : images(n), src_channels(from), dst_channels(to), rows(std::move(r)), columns(std::move(c)) {
  const Part part(rows.parts[0], columns.parts[0]);
  tiles_ = images * rows.tiles() * columns.tiles();
  padded_channels_ = up(dst_channels, panel_columns()) * panel_columns();
  pixel_floats_ = part.depth * src_channels;
  diff_floats_ = part.points * padded_channels_;
  const int64_t most = std::clamp(kBlockFloats / (pixel_floats_ + diff_floats_), kFewestTiles, kMostTiles);
  blocks_ = up(tiles_, most);
  block_tiles_ = up(tiles_, blocks_);
}

int64_t WinogradGradient::scratch_floats() const {
  return block_tiles_ * (pixel_floats_ + diff_floats_) + pixel_floats_ * padded_channels_;
}

int64_t WinogradGradient::products() const { return tiles_ * pixel_floats_ * dst_channels; }
int64_t WinogradGradient::point_floats() const { return tiles_ * (pixel_floats_ + diff_floats_); }
int64_t WinogradGradient::sum_floats() const { return blocks_ * pixel_floats_ * padded_channels_; }

void WinogradGradient::run(int threads, const float* src, const float* diff_dst, float* to, float* scratch) const {
  const Loops loop = loops();
  const Part part(rows.parts[0], columns.parts[0]);
  const int64_t panels = padded_channels_ / panel_columns();
  const std::vector<RowGroup> groups = row_groups(part, src_channels, panels);
  const std::vector<float> zeros(static_cast<size_t>(std::max(src_channels, padded_channels_)), 0.f);
  GradientBlock at{.gradient = this,
                   .part = &part,
                   .src = {src, zeros.data(), rows.src, columns.src, src_channels},
                   .diff_dst = {diff_dst, zeros.data(), rows.dst, columns.dst, dst_channels},
                   .first_tile = 0,
                   .tiles = 0,
                   .pixels = scratch,
                   .diffs = scratch + block_tiles_ * pixel_floats_,
                   .sums = scratch + block_tiles_ * (pixel_floats_ + diff_floats_)};
  for (int64_t block = 0; block < blocks_; ++block) {
    at.first_tile = tiles_ * block / blocks_;
    at.tiles = tiles_ * (block + 1) / blocks_ - at.first_tile;
    parallel_for(threads, at.tiles, std::max<int64_t>(1, kGrain / pixel_floats_),
                 [&](int64_t begin, int64_t end) { loop.tiles_to_points(at, begin, end); });
    parallel_for(threads, static_cast<int64_t>(groups.size()), 1, [&](int64_t begin, int64_t end) {
      for (int64_t g = begin; g < end; ++g) loop.sum_group(at, groups[static_cast<size_t>(g)]);
    });
  }
  const auto across = static_cast<int64_t>(part.columns->phases.size());
  const int64_t phases = static_cast<int64_t>(part.rows->phases.size()) * across;
  parallel_for(threads, panels * phases * src_channels, kGrain / (kPoints * panel_columns()),
               [&](int64_t begin, int64_t end) {
                 for (int64_t k = begin; k < end; ++k) {
                   const int64_t phase = k / src_channels % phases;
                   loop.sums_to_taps(at, {static_cast<size_t>(phase / across), static_cast<size_t>(phase % across),
                                          k / src_channels / phases, k % src_channels, columns.kernel, to});
                 }
               });
}

}  // namespace graft::ops
