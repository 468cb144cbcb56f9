#include "graft/ops/kernels/special.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace graft::ops {

namespace {

constexpr double kPi = std::numbers::pi;

// sin(pi x) and cos(pi x). Taking even numbers off x is exact, so that the sine of a whole number of half turns is 0.
double sin_half_turns(double x) {
  const double r = std::remainder(x, 2);
  return r == std::trunc(r) ? 0 : std::sin(kPi * r);
}
double cos_half_turns(double x) { return std::cos(kPi * std::remainder(x, 2)); }

// Giles's approximation, in w = -log(1 - y^2): its error is a few units in the last place of a float.
double erfinv_near(double y) {
  const double w = -std::log((1 - y) * (1 + y));
  constexpr double central[] = {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
                                -0.00125372503, -0.00417768164, 0.246640727,    1.50140941};
  constexpr double tail[] = {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                             -0.0076224613,   0.00943887047,  1.00167406,    2.83297682};
  const bool far = w >= 5;
  const double t = far ? std::sqrt(w) - 3 : w - 2.5;
  double p = 0;
  for (int i = 0; i < 9; ++i) p = p * t + (far ? tail : central)[i];
  return p * y;
}

// The sum over k of (x / 2)^(2 k) / (k! (k + order)!). Beyond 100 both functions are infinite as floats.
double bessel_series(double x, int order) {
  const double limited = std::min(std::abs(x), 100.0), q = limited * limited / 4;
  double term = 1, sum = 1;
  for (int k = 1; term > sum * 1e-17; ++k) {
    term *= q / (static_cast<double>(k) * (k + order));
    sum += term;
  }
  return sum;
}

}  // namespace

float erfinv(float y) {
  if (!(std::abs(y) < 1)) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return std::abs(y) == 1 ? std::copysign(kInfinity, y) : std::numeric_limits<float>::quiet_NaN();
  }
  const double x = erfinv_near(y), slope = 2 * std::numbers::inv_sqrtpi * std::exp(-x * x);
  return y == 0 ? y : static_cast<float>(x - (std::erf(x) - y) / slope);  // one step of Newton
}

float sinc(float x) {
  const double turned = kPi * x;
  return x == 0 ? 1.f : static_cast<float>(sin_half_turns(x) / turned);
}

// Near 0 the two parts of the quotient cancel, so there the first terms of the series are used.
float sinc_slope(float x) {
  const double y = x, square = kPi * kPi * y * y;
  if (std::abs(x) < 0.05f)
    return static_cast<float>(-kPi * kPi * y / 3 * (1 - square / 10 * (1 - square / 28 * (1 - square / 54))));
  return static_cast<float>((cos_half_turns(y) - sin_half_turns(y) / (kPi * y)) / y);
}

float bessel_i0(float x) { return x != x ? x : static_cast<float>(bessel_series(x, 0)); }
float bessel_i1(float x) { return x != x ? x : static_cast<float>(x / 2.0 * bessel_series(x, 1)); }

}  // namespace graft::ops
