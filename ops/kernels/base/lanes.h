#pragma once

// Internal: eight floats that stay in a register, and how they come from and go to memory that holds floats or
// bfloat16 numbers. All of it is inlined into GRAFT_KERNEL functions, and so compiled for each of their instruction
// sets.

#include <bit>
#include <cstdint>

#include "graft/ops/kernels/base/bf16.h"
#include "graft/ops/kernels/base/isa.h"

namespace graft::ops {

/// For sums over several arrays: loops over memory would write each sum again and again.
using Lanes = float __attribute__((vector_size(32), aligned(4), may_alias));
using LaneBits = uint32_t __attribute__((vector_size(32), aligned(4), may_alias));
using HalfBits = uint16_t __attribute__((vector_size(16), aligned(2), may_alias));

GRAFT_INLINE const Lanes& lanes(const float* x) { return *reinterpret_cast<const Lanes*>(x); }
GRAFT_INLINE Lanes& lanes(float* x) { return *reinterpret_cast<Lanes*>(x); }

GRAFT_INLINE Lanes load_lanes(const float* x) { return lanes(x); }
GRAFT_INLINE Lanes load_lanes(const Bf16* x) {
  const HalfBits half = *reinterpret_cast<const HalfBits*>(x);
  return reinterpret_cast<Lanes>(__builtin_convertvector(half, LaneBits) << 16);
}

GRAFT_INLINE void store_lanes(float* to, Lanes value) { lanes(to) = value; }
/// Rounds to nearest, ties to even; a NaN stays one.
GRAFT_INLINE void store_lanes(Bf16* to, Lanes value) {
  const LaneBits bits = reinterpret_cast<LaneBits>(value);
  const LaneBits rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const LaneBits kept = (bits >> 16) | 0x40;
  const LaneBits nan = reinterpret_cast<LaneBits>(value != value);
  *reinterpret_cast<HalfBits*>(to) = __builtin_convertvector((nan & kept) | (~nan & rounded), HalfBits);
}

GRAFT_INLINE float load_one(const float* x) { return *x; }
GRAFT_INLINE float load_one(const Bf16* x) { return std::bit_cast<float>(static_cast<uint32_t>(x->bits) << 16); }

GRAFT_INLINE void store_one(float* to, float value) { *to = value; }
GRAFT_INLINE void store_one(Bf16* to, float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  to->bits = static_cast<uint16_t>(value != value ? (bits >> 16) | 0x40 : rounded);
}

/// to[i] = from[i], converted from one type to the other.
template <class To, class From>
GRAFT_INLINE void convert(To* to, const From* from, int64_t n) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store_lanes(to + i, load_lanes(from + i));
  for (; i < n; ++i) store_one(to + i, load_one(from + i));
}

}  // namespace graft::ops
