#include "graft/ops/kernels/resample.h"

#include <algorithm>
#include <cmath>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/lanes.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

void close_pixel(ResampleAxis& axis) { axis.first.push_back(static_cast<int64_t>(axis.taps.size())); }

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
  for (const ResampleTap& y : row.taps)
    for (const ResampleTap& x : column_taps) {
      const float* src = row.image + (y.index * row.image_width + x.index) * row.channels + channel;
      const float weight = y.weight * x.weight;
      for (int i = 0; i < k; ++i) sum[i] += weight * lanes(src + kLanes * i);
    }
  for (int i = 0; i < k; ++i) lanes(dst + channel + kLanes * i) = sum[i];
}

GRAFT_INLINE void add_taps_of_rest(const Row& row, std::span<const ResampleTap> column_taps, int64_t channel,
                                   float* dst) {
  for (int64_t c = channel; c < row.channels; ++c) {
    float sum = 0;
    for (const ResampleTap& y : row.taps)
      for (const ResampleTap& x : column_taps)
        sum += y.weight * x.weight * row.image[(y.index * row.image_width + x.index) * row.channels + c];
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

}  // namespace

ResampleAxis ResampleAxis::up_sampling(int64_t n, int64_t factor, Interpolation interpolation) {
  ResampleAxis axis;
  for (int64_t i = 0; i < n * factor; ++i) {
    const double at = (static_cast<double>(i) + 0.5) / static_cast<double>(factor) - 0.5, floor = std::floor(at);
    const auto below = std::max<int64_t>(static_cast<int64_t>(floor), 0);
    const auto above = std::min(static_cast<int64_t>(floor) + 1, n - 1);
    const auto part = static_cast<float>(at - floor);
    if (interpolation == Interpolation::nearest) {
      axis.taps.push_back({i / factor, 1});
    } else if (below == above || part == 0) {
      axis.taps.push_back({below, 1});
    } else {
      axis.taps.push_back({below, 1 - part});
      axis.taps.push_back({above, part});
    }
    close_pixel(axis);
  }
  return axis;
}

ResampleAxis ResampleAxis::transposed(const ResampleAxis& axis, int64_t n) {
  ResampleAxis out;
  for (int64_t source = 0; source < n; ++source) {
    for (int64_t i = 0; i < axis.size(); ++i)
      for (const ResampleTap& tap : axis.at(i))
        if (tap.index == source) out.taps.push_back({i, tap.weight});
    close_pixel(out);
  }
  return out;
}

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

}  // namespace graft::ops
