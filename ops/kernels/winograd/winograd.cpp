#include "graft/ops/kernels/winograd/winograd.h"

#include <algorithm>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/kernels/winograd/parts.h"

namespace graft::ops {

using namespace winograd;

namespace {

constexpr int64_t kCachedWeights = 1 << 18;  // floats that a core's second cache holds
constexpr int64_t kFewTiles = 24, kManyTiles = 64;

// -- weights ----------------------------------------------------------------------------------------------------------

/// Loads the weights of neighbouring channels of dst; zeros after the last channel.
template <class S>
GRAFT_INLINE typename S::V weights_at(const float* w, int64_t step, bool there) {
  typename S::V v = {};
  if (!there) return v;
  if (step == 1) return load<S>(w);
  for (int l = 0; l < S::lanes; ++l) v[l] = w[l * step];
  return v;
}

/// The weights of one channel of src, for one panel and the phases (a, b).
struct WeightsPlace {
  const WinogradConv* conv;
  const Part* part;
  WinogradStrides strides;
  size_t a, b;
  int64_t panel, channel;
  const float* kernel;
  float* to;  // the panel
};

template <class S, int R, int C>
GRAFT_INLINE void phase_weights(const WeightsPlace& at) {
  const WinogradPhase &rows = at.part->rows.phases[at.a], &columns = at.part->columns.phases[at.b];
  for (int64_t n = 0; n < S::columns; n += S::lanes) {
    const int64_t first = at.panel * S::columns + n;
    const float* from = at.kernel + at.channel * at.strides.src + first * at.strides.dst;
    typename S::V w[(R - 1) * (C - 1)], half[R * (C - 1)], points[R * C];
#pragma GCC unroll 3
    for (int i = 0; i < R - 1; ++i)
#pragma GCC unroll 3
      for (int j = 0; j < C - 1; ++j)
        w[i * (C - 1) + j] = weights_at<S>(from + (rows.first_tap + i * rows.tap_step) * at.strides.row +
                                               (columns.first_tap + j * columns.tap_step) * at.strides.column,
                                           at.strides.dst, first < at.conv->dst_channels);
#pragma GCC unroll 3
    for (int j = 0; j < C - 1; ++j) taps_to_points<R, C - 1>(w + j, half + j);
#pragma GCC unroll 4
    for (int i = 0; i < R; ++i) taps_to_points<C, 1>(half + i * (C - 1), points + i * C);
#pragma GCC unroll 4
    for (int i = 0; i < R; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < C; ++j) {
        const int64_t row = at.part->row(i, j, at.a, at.b) * at.conv->src_channels + at.channel;
        store<S>(at.to + row * S::columns + n, points[i * C + j]);
      }
  }
}

template <class S>
GRAFT_INLINE void channel_weights(const WeightsPlace& at) {
  with_points(at.part->rows.phases[at.a].points(), at.part->columns.phases[at.b].points(),
              [&]<int R, int C>() __attribute__((always_inline)) { phase_weights<S, R, C>(at); });
}

GRAFT_AVX512 void channel_weights_avx512(const WeightsPlace& at) { channel_weights<Avx512>(at); }
GRAFT_AVX2 void channel_weights_avx2(const WeightsPlace& at) { channel_weights<Avx2>(at); }

}  // namespace

int64_t WinogradConv::weights_floats() const {
  return up(dst_channels, panel_columns()) * panel_columns() * src_channels * plan_->depth;
}

void WinogradConv::weights(int threads, const float* kernel, const WinogradStrides& strides, float* to) const {
  const auto body = wide() ? channel_weights_avx512 : channel_weights_avx2;
  const int64_t panels = up(dst_channels, panel_columns());
  for (const Part& part : plan_->parts) {
    const int64_t panel_floats = part.depth * src_channels * panel_columns();
    const int64_t across = static_cast<int64_t>(part.columns.phases.size());
    const int64_t phases = static_cast<int64_t>(part.rows.phases.size()) * across;
    // Channels of the same phases follow each other, because what they write does.
    parallel_for(
        threads, panels * phases * src_channels, kGrain / (kPoints * panel_columns()), [&](int64_t begin, int64_t end) {
          for (int64_t k = begin; k < end; ++k) {
            const int64_t phase = k / src_channels % phases, panel = k / src_channels / phases;
            body({this, &part, strides, static_cast<size_t>(phase / across), static_cast<size_t>(phase % across), panel,
                  k % src_channels, kernel, to + panel * panel_floats});
          }
        });
    to += panels * panel_floats;
  }
}

// -- the convolution --------------------------------------------------------------------------------------------------

namespace {

/// Some tiles of one part, and some panels of channels of its result.
struct ConvWork {
  const WinogradConv* conv;
  const Part* part;
  const float* weights;  // of the part
  const float* zeros;    // a pixel
  int64_t first_tile, tiles, first_panel, end_panel;
};

template <class S, int R, int C>
GRAFT_INLINE void rows_to_tiles(const ConvWork& work, const WinogradPointers& at, KernelActivation f,
                                const float* points, int64_t begin, int64_t end, int64_t panel) {
  const WinogradAxis &rows = work.conv->rows, &columns = work.conv->columns;
  const int64_t channels = work.conv->dst_channels, first = panel * S::columns;
  for (int64_t t = begin; t < end; ++t) {
    const Tile tile = tile_at(work.first_tile + t, rows, columns);
    float* outputs[4];
    const float* summands[4];
    for (int k = 0; k < 4; ++k) {
      const int64_t y = work.part->rows.first + work.part->rows.step * (tile.row + k / 2);
      const int64_t x = work.part->columns.first + work.part->columns.step * (tile.column + k % 2);
      const int64_t place = ((tile.image * rows.dst + y) * columns.dst + x) * channels + first;
      const bool there = y < rows.dst && x < columns.dst;
      outputs[k] = there ? at.dst + place : nullptr;
      summands[k] = there && at.summand ? at.summand + place : nullptr;
    }
    points_to_tile<S, R, C>(points + (t - begin) * S::columns, (end - begin) * S::columns,
                            std::min<int64_t>(S::columns, channels - first), f, at.bias ? at.bias + first : nullptr,
                            summands, outputs);
  }
}

template <class S>
GRAFT_INLINE void convolve(const ConvWork& work, const WinogradPointers& at, KernelActivation f, float* scratch) {
  const Part& part = *work.part;
  const int64_t channels = work.conv->src_channels;
  const Image src{at.src, work.zeros, work.conv->rows.src, work.conv->columns.src, channels, channels};
  for (int64_t t = 0; t < work.tiles; ++t)
    tile_to_rows<S>(part, src, tile_at(work.first_tile + t, work.conv->rows, work.conv->columns), t, work.tiles,
                    scratch);
  float* products = scratch + work.tiles * channels * part.depth;
  const Groups groups{work.tiles, up(work.tiles, S::rows)};
  for (int64_t panel = work.first_panel; panel < work.end_panel; ++panel) {
    const float* weights = work.weights + panel * part.depth * channels * S::columns;
    for (int64_t g = 0; g < groups.count; ++g) {
      const int64_t begin = groups.begin(g), end = groups.begin(g + 1);
      for (int64_t p = 0; p < part.points; ++p) {
        const int64_t depth = part.depths[p] * channels;
        multiply<S, false, false>(end - begin, {scratch + channels * work.tiles * part.before[p] + begin * depth, depth,
                                                1, weights + part.before[p] * channels * S::columns, depth,
                                                products + p * (end - begin) * S::columns, S::columns});
      }
      with_points(part.rows.points(), part.columns.points(), [&]<int R, int C>() __attribute__((always_inline)) {
        rows_to_tiles<S, R, C>(work, at, f, products, begin, end, panel);
      });
    }
  }
}

GRAFT_AVX512 void convolve_avx512(const ConvWork& work, const WinogradPointers& at, KernelActivation f,
                                  float* scratch) {
  convolve<Avx512>(work, at, f, scratch);
}
GRAFT_AVX2 void convolve_avx2(const ConvWork& work, const WinogradPointers& at, KernelActivation f, float* scratch) {
  convolve<Avx2>(work, at, f, scratch);
}

/// The work is cut into blocks of tiles, whose points stay in a core's cache, and where there are too few blocks for
/// all threads also by the channels of the result.
struct Cut {
  int64_t tiles, blocks, splits;

  Cut(const WinogradConv& conv, int64_t all_tiles, int64_t parts, int threads) : tiles(all_tiles) {
    const int64_t panels = up(conv.dst_channels, conv.panel_columns());
    blocks = up(tiles, conv.weights_floats() / parts > kCachedWeights ? kManyTiles : kFewTiles);
    splits = std::min(panels, up(threads, blocks * parts));
  }
  int64_t begin(int64_t block) const { return tiles * block / blocks; }
};

}  // namespace

int64_t WinogradConv::scratch_floats() const {
  const Cut cut(*this, tiles_, std::ssize(plan_->parts), 1);
  return up(cut.tiles, cut.blocks) * src_channels * plan_->deepest + kPoints * kMostRows * kMostColumns;
}

void WinogradConv::run(int threads, KernelActivation activation, const WinogradPointers& at) const {
  const auto body = wide() ? convolve_avx512 : convolve_avx2;
  const int64_t parts = std::ssize(plan_->parts), panels = up(dst_channels, panel_columns());
  const Cut cut(*this, tiles_, parts, threads);
  const int64_t items = parts * cut.blocks * cut.splits, floats = scratch_floats();
  const auto run_item = [&](int64_t k, float* scratch) {
    const int64_t block = k / cut.splits % cut.blocks, split = k % cut.splits, begin = cut.begin(block);
    const float* weights = at.weights;
    const Part* part = plan_->parts.data();
    for (int64_t before = k / (cut.blocks * cut.splits); before > 0; --before, ++part)
      weights += panels * panel_columns() * src_channels * part->depth;
    body({this, part, weights, plan_->zeros.data(), begin, cut.begin(block + 1) - begin, panels * split / cut.splits,
          panels * (split + 1) / cut.splits},
         at, activation, scratch);
  };
  parallel_for(threads, threads, 1, [&](int64_t first, int64_t last) {
    for (int64_t thread = first; thread < last; ++thread)
      for (int64_t k = items * thread / threads; k < items * (thread + 1) / threads; ++k)
        run_item(k, at.scratch + thread * floats);
  });
}

}  // namespace graft::ops
