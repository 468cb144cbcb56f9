#pragma once

// Internal: random numbers without state. Number i of a stream is a function of the stream and i alone, so that the
// gradient of dropout draws the same mask again, and no number of threads changes a value.

#include <cstdint>

namespace graft::ops {

/// Two keys of 32 bits, because vector units have 32-bit products.
struct RandomStream {
  uint32_t first, second;
  RandomStream(uint64_t seed, uint64_t salt);  ///< the seed of a run, the salt of an instruction
};

/// n numbers from [low, high).
void random_uniform(int threads, RandomStream stream, float low, float high, float* dst, int64_t n);
/// n normally distributed numbers.
void random_normal(int threads, RandomStream stream, float mean, float deviation, float* dst, int64_t n);
/// dst[i] = 0 with probability `rate`, else src[i] / (1 - rate), for n numbers; dst may be src.
void random_dropout(int threads, RandomStream stream, float rate, const float* src, float* dst, int64_t n);

}  // namespace graft::ops
