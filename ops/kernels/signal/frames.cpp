#include "graft/ops/kernels/signal/frames.h"

#include <algorithm>

#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

void cut_frames(int threads, const Frames& f, const float* signals, float* frames) {
  parallel_for(threads, f.signals * f.frames, std::max<int64_t>(1, kGrain / f.length), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k)
      std::copy_n(signals + k / f.frames * f.samples + k % f.frames * f.stride, f.length, frames + k * f.length);
  });
}

void sum_frames(int threads, const Frames& f, const float* frames, float* signals) {
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(f.frames * f.length, 1));
  parallel_for(threads, f.signals, grain, [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
      float* to = signals + s * f.samples;
      std::fill_n(to, f.samples, 0.f);
      for (int64_t k = 0; k < f.frames; ++k) {
        const float* from = frames + (s * f.frames + k) * f.length;
        const int64_t n = std::min(f.length, f.samples - k * f.stride);
        for (int64_t i = 0; i < n; ++i) to[k * f.stride + i] += from[i];
      }
    }
  });
}

}  // namespace graft::ops
