#include "graft/ops/kernels/random.h"

#include <cmath>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/kernels/base/vector_math.h"

namespace graft::ops {

namespace {

GRAFT_KERNEL void uniform_run(RandomStream s, uint32_t at, float low, float range, float below, float* dst, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float value = low + range * unit(draw(s, at + static_cast<uint32_t>(i)));
    dst[i] = value < below ? value : below;  // rounding may reach `high`, which is excluded
  }
}

GRAFT_KERNEL void normal_run(RandomStream s, uint32_t at, float mean, float deviation, float* dst, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t k = 2 * (at + static_cast<uint32_t>(i));
    const float u = unit(draw(s, k)) + 0x1p-25f;  // (0, 1): its logarithm is finite
    const float radius = std::sqrt(-2.f * vector_log(u));
    dst[i] = mean + deviation * radius * vector_cos_turns(unit(draw(s, k + 1)));
  }
}

GRAFT_KERNEL void dropout_run(RandomStream s, uint32_t at, float rate, float factor, const float* src, float* dst,
                              int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float kept = src[i] * factor;
    dst[i] = unit(draw(s, at + static_cast<uint32_t>(i))) < rate ? 0.f : kept;
  }
}

}  // namespace

void random_uniform(int threads, RandomStream stream, float low, float high, float* dst, int64_t n) {
  const float below = std::nextafter(high, low);
  parallel_for(threads, n, kGrain, [&](int64_t begin, int64_t end) {
    uniform_run(stream, static_cast<uint32_t>(begin), low, high - low, below, dst + begin, end - begin);
  });
}

void random_normal(int threads, RandomStream stream, float mean, float deviation, float* dst, int64_t n) {
  parallel_for(threads, n, kGrain / 4, [&](int64_t begin, int64_t end) {
    normal_run(stream, static_cast<uint32_t>(begin), mean, deviation, dst + begin, end - begin);
  });
}

void random_dropout(int threads, RandomStream stream, float rate, const float* src, float* dst, int64_t n) {
  const float factor = rate < 1 ? 1 / (1 - rate) : 0;
  parallel_for(threads, n, kGrain, [&](int64_t begin, int64_t end) {
    dropout_run(stream, static_cast<uint32_t>(begin), rate, factor, src + begin, dst + begin, end - begin);
  });
}

}  // namespace graft::ops
