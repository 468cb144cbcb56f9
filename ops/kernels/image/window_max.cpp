#include "graft/ops/kernels/image/window_max.h"

#include <algorithm>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

// A NaN stays: it is larger than all that follows it, and replaces all that comes before it.
GRAFT_KERNEL void largest(const WindowMax& w, int64_t window, const float* src, float* dst) {
  std::copy_n(src + w.begin(window) * w.inner, w.inner, dst);
  for (int64_t k = w.begin(window) + 1; k < w.end(window); ++k) {
    const float* x = src + k * w.inner;
#pragma omp simd
    for (int64_t i = 0; i < w.inner; ++i) dst[i] = x[i] <= dst[i] || dst[i] != dst[i] ? dst[i] : x[i];
  }
}

// Adds the gradient of one value of a window to the first pixel that equals it.
void add_to_first(const WindowMax& w, int64_t window, const float* src, float largest, float diff, float* sums) {
  for (int64_t k = w.begin(window); k < w.end(window); ++k) {
    const float x = src[k * w.inner];
    if (x == largest || x != x) {
      sums[k * w.inner] += diff;
      return;
    }
  }
}

}  // namespace

void WindowMax::run(int threads, const float* src, float* dst) const {
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, inner * pixels / windows));
  parallel_for(threads, outer * windows, grain, [&](int64_t from, int64_t to) {
    for (int64_t r = from; r < to; ++r)
      largest(*this, r % windows, src + r / windows * pixels * inner, dst + r * inner);
  });
}

void WindowMax::run_backward(int threads, const float* src, const float* dst, const float* diff_dst,
                             float* diff_src) const {
  parallel_for(threads, outer, std::max<int64_t>(1, kGrain / (pixels * inner)), [&](int64_t from, int64_t to) {
    for (int64_t o = from; o < to; ++o) {
      const int64_t read = o * pixels * inner, written = o * windows * inner;
      std::fill_n(diff_src + read, pixels * inner, 0.f);
      for (int64_t window = 0; window < windows; ++window)
        for (int64_t i = 0; i < inner; ++i) {
          const int64_t k = written + window * inner + i;
          add_to_first(*this, window, src + read + i, dst[k], diff_dst[k], diff_src + read + i);
        }
    }
  });
}

}  // namespace graft::ops
