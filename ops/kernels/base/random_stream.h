#pragma once

// Internal: random numbers without state. Number i of a stream is a function of the stream and i alone, so that
// gradients draw the same numbers again, and no number of threads changes a value.

#include <cstdint>

#include "graft/core/random.h"
#include "graft/ops/kernels/base/isa.h"

namespace graft::ops {

/// Two keys of 32 bits, because vector units have 32-bit products.
struct RandomStream {
  uint32_t first, second;

  /// The stream of an instruction's salt in the run of this seed.
  RandomStream(uint64_t seed, uint64_t salt) {
    const uint64_t key = Random::hash(seed, salt);
    first = static_cast<uint32_t>(key);
    second = static_cast<uint32_t>(key >> 32);
  }
};

GRAFT_INLINE uint32_t mix(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x21f0aaad;
  x = (x ^ (x >> 15)) * 0x735a2d97;
  return x ^ (x >> 15);
}

/// Number i. It is mixed twice, each time with its own key, so that streams of neighbouring keys do not overlap.
GRAFT_INLINE uint32_t draw(RandomStream s, uint32_t i) { return mix(mix(i ^ s.first) + s.second); }

/// A number from [0, 1).
GRAFT_INLINE float unit(uint32_t bits) { return static_cast<float>(static_cast<int32_t>(bits >> 8)) * 0x1p-24f; }

}  // namespace graft::ops
