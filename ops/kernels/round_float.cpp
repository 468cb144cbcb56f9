#include "graft/ops/kernels/round_float.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "graft/ops/kernels/base/isa.h"

namespace graft::ops {

// Adding and subtracting it rounds a small float to a whole number, ties to even.
static constexpr float kWhole = 12582912.f;  // 1.5 * 2^23

// Numbers whose power of two is 2^e are multiples of 2^(e - mantissa); x divided by that is a whole number of at most
// mantissa + 1 bits once it is rounded.
static GRAFT_INLINE float rounded(float x, float smallest_power, float step, float max) {
  const float power = std::bit_cast<float>(std::bit_cast<uint32_t>(x) & 0x7f800000u);
  const float unit = std::max(power, smallest_power) * step;
  const float whole = (x / unit + kWhole) - kWhole;
  const float y = whole * unit;
  const float infinity = std::bit_cast<float>(0x7f800000u);
  const float bounded = std::abs(y) > max ? std::copysign(infinity, x) : y;
  return std::abs(x) == infinity ? x : bounded;
}

namespace {

GRAFT_KERNEL void round_rows(const Block& block, float smallest_power, float step, float max) {
  for (int64_t r = 0; r < block.rows; ++r) {
    float* dst = block.data[0] + r * block.row_strides[0];
    const float* src = block.data[1] + r * block.row_strides[1];
    for (int64_t c = 0; c < block.columns; ++c)
      dst[c] = rounded(src[c * block.column_strides[1]], smallest_power, step, max);
  }
}

}  // namespace

void round_block(const Block& block, const FloatFormat& format) {
  round_rows(block, std::ldexp(1.f, format.smallest_exponent), std::ldexp(1.f, -format.mantissa), format.max);
}

}  // namespace graft::ops
