#include "graft/ops/kernels/image/resample.h"

#include <algorithm>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/lanes.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

/// One row of the result, and the image that it is made of, channels last.
struct Row {
  const float* image;
  float* dst;
  int64_t image_width, channels;
  std::span<const ResampleTap> taps;
};

// Adds up the taps of a pixel for 8 k channels, which stay in registers meanwhile.
template <int k>
GRAFT_INLINE void add_taps(const Row& row, std::span<const ResampleTap> column_taps, int64_t channel, float* dst) {
  Lanes sum[k] = {};
  for (size_t i = 0; i < row.taps.size(); ++i)
    for (size_t j = 0; j < column_taps.size(); ++j) {
      const ResampleTap &y = row.taps[i], &x = column_taps[j];
      const float* src = row.image + (y.index * row.image_width + x.index) * row.channels + channel;
      const float weight = y.weight * x.weight;
      for (int v = 0; v < k; ++v) sum[v] += weight * load_lanes(src + kLanes * v);
    }
  for (int i = 0; i < k; ++i) store_lanes(dst + channel + kLanes * i, sum[i]);
}

GRAFT_INLINE void add_taps_of_rest(const Row& row, std::span<const ResampleTap> column_taps, int64_t channel,
                                   float* dst) {
  for (int64_t c = channel; c < row.channels; ++c) {
    float sum = 0;
    for (size_t i = 0; i < row.taps.size(); ++i)
      for (size_t j = 0; j < column_taps.size(); ++j) {
        const ResampleTap &y = row.taps[i], &x = column_taps[j];
        sum += y.weight * x.weight * row.image[(y.index * row.image_width + x.index) * row.channels + c];
      }
    dst[c] = sum;
  }
}

GRAFT_KERNEL void run_row(const Row& row, const ResampleAxis& columns) {
  for (int64_t i = 0; i < columns.size(); ++i) {
    float* dst = row.dst + i * row.channels;
    int64_t channel = 0;
    for (; channel + 8 * kLanes <= row.channels; channel += 8 * kLanes) add_taps<8>(row, columns.at(i), channel, dst);
    for (; channel + kLanes <= row.channels; channel += kLanes) add_taps<1>(row, columns.at(i), channel, dst);
    add_taps_of_rest(row, columns.at(i), channel, dst);
  }
}

// dst[i] is the sum of the taps of `inner` values each, a block of them at a time, which stays in the cache meanwhile.
GRAFT_KERNEL void run_pixel(std::span<const ResampleTap> taps, int64_t inner, const float* src, float* dst) {
  constexpr int64_t kBlock = 1024;
  for (int64_t begin = 0; begin < inner; begin += kBlock) {
    const int64_t end = std::min(inner, begin + kBlock);
    std::fill(dst + begin, dst + end, 0.f);
    for (size_t t = 0; t < taps.size(); ++t) {
      const ResampleTap& tap = taps[t];
      const float* from = src + tap.index * inner;
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) dst[i] += tap.weight * from[i];
    }
  }
}

}  // namespace

void Resampling::run(int threads, const float* src, float* dst) const {
  const int64_t height = rows.size(), width = columns.size();
  const int64_t grain = std::max<int64_t>(1, kGrain / (width * channels));
  parallel_for(threads, images * height, grain, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      run_row({src + r / height * from_height * from_width * channels, dst + r * width * channels, from_width, channels,
               rows.at(r % height)},
              columns);
  });
}

void AxisResampling::run(int threads, const float* src, float* dst) const {
  const int64_t to = axis.size(), taps = std::max<int64_t>(1, static_cast<int64_t>(axis.taps.size()) / to);
  parallel_for(threads, outer * to, std::max<int64_t>(1, kGrain / (inner * taps)), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r)
      run_pixel(axis.at(r % to), inner, src + r / to * from * inner, dst + r * inner);
  });
}

}  // namespace graft::ops
