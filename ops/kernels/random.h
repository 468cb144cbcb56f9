#pragma once

// Internal: arrays of random numbers, and dropout.

#include "graft/ops/kernels/base/random_stream.h"

namespace graft::ops {

/// n numbers from [low, high).
void random_uniform(int threads, RandomStream stream, float low, float high, float* dst, int64_t n);
/// n normally distributed numbers.
void random_normal(int threads, RandomStream stream, float mean, float deviation, float* dst, int64_t n);
/// dst[i] = 0 with probability `rate`, else src[i] / (1 - rate), for n numbers; dst may be src.
void random_dropout(int threads, RandomStream stream, float rate, const float* src, float* dst, int64_t n);

}  // namespace graft::ops
