#pragma once

// Internal: exp and its kin without branches, so that loops over them become vector code. Their errors are a few units
// in the last place. They are inlined into GRAFT_KERNEL functions.

#include <bit>
#include <cstdint>

#include "graft/ops/kernels/base/isa.h"

#define GRAFT_VECTOR_MATH inline __attribute__((always_inline))

namespace graft::ops {

/// e^x. It is 0 below -86.6, where e^x is about to leave the normal floats, and infinite above 88.7.
GRAFT_VECTOR_MATH float vector_exp(float x) {
  constexpr float kRound = 12582912.f;  // 1.5 2^23: adding it leaves the whole number in the low bits
  const float limited = x < -86.6f ? -86.6f : (x > 89.f ? 89.f : x);
  const float shifted = limited * 1.44269504f + kRound;
  const float whole = shifted - kRound;
  const float r = (limited - whole * 0.693359375f) + whole * 2.12194440e-4f;  // |r| <= ln 2 / 2
  float p = 1.f / 5040;
  p = p * r + 1.f / 720;
  p = p * r + 1.f / 120;
  p = p * r + 1.f / 24;
  p = p * r + 1.f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.f;
  p = p * r + 1.f;
  // 2^whole in two factors: 2^128 is no float, but p 2^128 may be one.
  const float half_power = std::bit_cast<float>((std::bit_cast<uint32_t>(shifted) << 23) + (126u << 23));
  const float inside = p * half_power * 2.f;
  return x < -86.6f ? 0.f : inside;
}

GRAFT_VECTOR_MATH float vector_logistic(float x) { return 1.f / (1.f + vector_exp(-x)); }

/// Near 0 a polynomial keeps the relative error small.
GRAFT_VECTOR_MATH float vector_tanh(float x) {
  const float far = 1.f - 2.f / (vector_exp(2.f * x) + 1.f);
  const float s = x * x;
  float p = -1382.f / 155925;
  p = p * s + 62.f / 2835;
  p = p * s - 17.f / 315;
  p = p * s + 2.f / 15;
  p = p * s - 1.f / 3;
  const float near = x + x * s * p;
  return s < 0.09f ? near : far;
}

/// e^x - 1
GRAFT_VECTOR_MATH float vector_expm1(float x) {
  float p = 1.f / 720;
  p = p * x + 1.f / 120;
  p = p * x + 1.f / 24;
  p = p * x + 1.f / 6;
  p = p * x + 0.5f;
  p = p * x + 1.f;
  const float near = p * x, far = vector_exp(x) - 1.f;
  return x * x < 0.06f ? near : far;
}

/// The share of a standard normal distribution below x, by formula 7.1.26 of Abramowitz and Stegun, whose error is
/// 8e-8 at most. Both tails are computed from the one that is small.
GRAFT_VECTOR_MATH float vector_normal_cdf(float x) {
  const float s = (x < 0 ? -x : x) * 0.707106781f, t = 1.f / (1.f + 0.3275911f * s);
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const float tail = 0.5f * p * t * vector_exp(-s * s);
  return x < 0 ? tail : 1.f - tail;
}

/// Natural logarithm of a positive normal number.
GRAFT_VECTOR_MATH float vector_log(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  const int32_t exponent = static_cast<int32_t>(bits - 0x3f2aaaab) >> 23;  // x = m 2^exponent, m in [2/3, 4/3)
  const float m = std::bit_cast<float>(bits - (static_cast<uint32_t>(exponent) << 23));
  const float s = (m - 1.f) / (m + 1.f), q = s * s;
  float p = 2.f / 9;
  p = p * q + 2.f / 7;
  p = p * q + 2.f / 5;
  p = p * q + 2.f / 3;
  p = p * q + 2.f;
  return p * s + static_cast<float>(exponent) * 0.693147182f;
}

/// cos(2 pi turns), for turns in [0, 1].
GRAFT_VECTOR_MATH float vector_cos_turns(float turns) {
  constexpr float kRound = 12582912.f;
  const float shifted = 4.f * turns + kRound;
  const uint32_t quadrant = std::bit_cast<uint32_t>(shifted) & 3;
  const float a = (4.f * turns - (shifted - kRound)) * 1.57079633f, q = a * a;  // |a| <= pi / 4
  const float cosine = 1.f + q * (-0.5f + q * (1.f / 24 + q * (-1.f / 720 + q * (1.f / 40320))));
  const float sine = a * (1.f + q * (-1.f / 6 + q * (1.f / 120 + q * (-1.f / 5040 + q * (1.f / 362880)))));
  const float value = (quadrant & 1) ? sine : cosine;  // of cos, -sin, -cos, sin
  return (quadrant == 1 || quadrant == 2) ? -value : value;
}

}  // namespace graft::ops
