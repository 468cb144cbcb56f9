#include "graft/ops/kernels/rare_binary.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "graft/ops/kernels/base/loop_nest.h"

namespace graft::ops {

namespace {

float floor_div(float x, float y) {
  if (y == 0) return x / y;
  const float rest = std::fmod(x, y), whole = (x - rest) / y;  // x - rest is a multiple of y
  const float below = rest != 0 && (rest < 0) != (y < 0) ? whole - 1 : whole;
  const float floor = std::floor(below);
  return below - floor > 0.5f ? floor + 1 : floor;
}

float mod(float x, float y) {
  const float rest = std::fmod(x, y);
  if (rest == 0) return std::copysign(0.f, y);
  return (rest < 0) != (y < 0) ? rest + y : rest;
}

float logaddexp(float x, float y) {
  if (x == y) return x + 0.693147181f;  // infinities too, whose difference is NaN
  return std::max(x, y) + std::log1p(std::exp(-std::abs(x - y)));
}

/// The whole number that a float carries; 0 for a NaN.
int64_t whole(float x) {
  constexpr float kLimit = 0x1p62f;
  return x != x ? 0 : static_cast<int64_t>(std::clamp(x, -kLimit, kLimit));
}

float ldexp(float x, float y) { return std::ldexp(x, static_cast<int>(std::clamp<int64_t>(whole(y), -1000, 1000))); }

// Numbers of bits beyond those of an integer leave nothing of it but its sign.
int64_t left_shift(int64_t x, int64_t y) {
  return y < 0 || y > 63 ? 0 : static_cast<int64_t>(static_cast<uint64_t>(x) << y);
}
int64_t right_shift(int64_t x, int64_t y) { return x >> (y < 0 || y > 63 ? 63 : y); }

/// d[i] = f(x[i], y[i]) over a block. Nothing asks for vectors here: these functions branch and call the C library.
template <class F>
void map_each(const Block& b, F f) {
  for (int64_t r = 0; r < b.rows; ++r) {
    float* d = b.data[0] + r * b.row_strides[0];
    const float* x = b.data[1] + r * b.row_strides[1];
    const float* y = b.data[2] + r * b.row_strides[2];
    for (int64_t i = 0; i < b.columns; ++i) d[i] = f(x[i * b.column_strides[1]], y[i * b.column_strides[2]]);
  }
}

template <class F>
void map_whole(const Block& b, F f) {
  map_each(b, [f](float x, float y) { return static_cast<float>(f(whole(x), whole(y))); });
}

void whole_block(Binary algorithm, const Block& b) {
  using Whole = int64_t;
  switch (algorithm) {
    case Binary::bitwise_and:
      return map_whole(b, [](Whole x, Whole y) { return x & y; });
    case Binary::bitwise_or:
      return map_whole(b, [](Whole x, Whole y) { return x | y; });
    case Binary::bitwise_xor:
      return map_whole(b, [](Whole x, Whole y) { return x ^ y; });
    case Binary::left_shift:
      return map_whole(b, left_shift);
    case Binary::right_shift:
      return map_whole(b, right_shift);
    case Binary::gcd:
      return map_whole(b, [](Whole x, Whole y) { return std::gcd(x, y); });
    case Binary::lcm:
      return map_whole(b, [](Whole x, Whole y) { return x == 0 || y == 0 ? 0 : std::abs(x / std::gcd(x, y) * y); });
    default:
      return;  // there are no others
  }
}

}  // namespace

void rare_binary_block(Binary algorithm, const Block& b) {
  switch (algorithm) {
    case Binary::atan2:
      return map_each(b, [](float x, float y) { return std::atan2(x, y); });
    case Binary::floor_div:
      return map_each(b, floor_div);
    case Binary::mod:
      return map_each(b, mod);
    case Binary::fmod:
      return map_each(b, [](float x, float y) { return std::fmod(x, y); });
    case Binary::hypot:
      return map_each(b, [](float x, float y) { return std::hypot(x, y); });
    case Binary::nextafter:
      return map_each(b, [](float x, float y) { return std::nextafter(x, y); });
    case Binary::logaddexp:
      return map_each(b, logaddexp);
    case Binary::ldexp:
      return map_each(b, ldexp);
    default:
      return whole_block(algorithm, b);
  }
}

}  // namespace graft::ops
