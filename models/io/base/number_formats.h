#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace graft::io {

inline float half_to_float(uint16_t half) {
  const int exponent = (half >> 10) & 0x1f;
  const int fraction = half & 0x3ff;
  const float sign = (half & 0x8000) != 0 ? -1.0f : 1.0f;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  if (exponent == 0x1f) return fraction != 0 ? std::nanf("") : sign * INFINITY;
  return sign * std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25);
}

inline float bfloat16_to_float(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

}  // namespace graft::io
