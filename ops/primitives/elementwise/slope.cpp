#include "graft/ops/primitives/elementwise/slope.h"

#include <numbers>

namespace graft::ops {

namespace {

constexpr float kPi = std::numbers::pi_v<float>, kLn2 = std::numbers::ln2_v<float>, kLn10 = std::numbers::ln10_v<float>;

Value reciprocal(Builder& b, Value x, float factor = 1, float offset = 0) {
  return b.eltwise(b.scale(x, factor, offset), Eltwise::reciprocal);
}
Value square(Builder& b, Value x) { return b.eltwise(x, Eltwise::square); }
Value root_below(Builder& b, Value x) { return b.eltwise(x, Eltwise::rsqrt); }

/// factor e^(sign x^2)
Value gauss(Builder& b, Value x, float sign, float factor) {
  return b.scale(b.eltwise(b.scale(square(b, x), sign), Eltwise::exp), factor);
}

/// (1 - x) (1 + x), which keeps its digits where x is near 1 or -1.
Value one_minus_square(Builder& b, Value x) { return b.mul(b.scale(x, -1, 1), b.scale(x, 1, 1)); }

/// numerator / x, and `at_zero` where x is 0.
Value quotient(Builder& b, Value numerator, Value x, float at_zero) {
  return b.where(b.eltwise(x, Eltwise::logical_not), b.scalar(at_zero), b.div(numerator, x));
}

/// Of functions that are made of powers and exponentials.
Value algebraic(Builder& b, const EltwiseArgs& function, Value x, Value y) {
  switch (function.algorithm) {
    case Eltwise::pow:
      return b.scale(b.eltwise(x, Eltwise::pow, function.alpha - 1), function.alpha);
    case Eltwise::reciprocal:
      return b.scale(square(b, y), -1);
    case Eltwise::rsqrt:
      return b.scale(b.mul(y, square(b, y)), -0.5f);
    case Eltwise::cbrt:
      return reciprocal(b, square(b, y), 3);
    case Eltwise::expm1:
      return b.eltwise(x, Eltwise::exp);
    case Eltwise::exp2:
      return b.scale(y, kLn2);
    case Eltwise::log1p:
      return reciprocal(b, x, 1, 1);
    case Eltwise::log2:
      return reciprocal(b, x, kLn2);
    case Eltwise::log10:
      return reciprocal(b, x, kLn10);
    default:
      return {};
  }
}

Value trigonometric(Builder& b, Eltwise algorithm, Value x, Value y) {
  switch (algorithm) {
    case Eltwise::sin:
      return b.eltwise(x, Eltwise::cos);
    case Eltwise::cos:
      return b.scale(b.eltwise(x, Eltwise::sin), -1);
    case Eltwise::tan:
      return b.scale(square(b, y), 1, 1);
    case Eltwise::arcsin:
      return root_below(b, one_minus_square(b, x));
    case Eltwise::arccos:
      return b.scale(root_below(b, one_minus_square(b, x)), -1);
    case Eltwise::arctan:
      return reciprocal(b, square(b, x), 1, 1);
    case Eltwise::sinh:
      return b.eltwise(x, Eltwise::cosh);
    case Eltwise::cosh:
      return b.eltwise(x, Eltwise::sinh);
    case Eltwise::arcsinh:
      return root_below(b, b.scale(square(b, x), 1, 1));
    case Eltwise::arccosh:  // 1 / sqrt((x - 1) (x + 1))
      return root_below(b, b.mul(b.scale(x, 1, -1), b.scale(x, 1, 1)));
    case Eltwise::arctanh:
      return reciprocal(b, one_minus_square(b, x));
    default:
      return {};
  }
}

Value special(Builder& b, Eltwise algorithm, Value x, Value y) {
  constexpr float kGauss = 2 * std::numbers::inv_sqrtpi_v<float>;
  switch (algorithm) {
    case Eltwise::erf:
      return gauss(b, x, -1, kGauss);
    case Eltwise::erfc:
      return gauss(b, x, -1, -kGauss);
    case Eltwise::erfinv:
      return gauss(b, y, 1, 1 / kGauss);
    case Eltwise::sinc:
      return b.eltwise(x, Eltwise::sinc_slope);
    case Eltwise::sinc_slope:  // -pi^2 sinc(x) - 2 sinc'(x) / x
      return b.sub(b.scale(b.eltwise(x, Eltwise::sinc), -kPi * kPi), b.scale(quotient(b, y, x, -kPi * kPi / 3), 2));
    case Eltwise::bessel_i0:
      return b.eltwise(x, Eltwise::bessel_i1);
    case Eltwise::bessel_i1:  // I0(x) - I1(x) / x
      return b.sub(b.eltwise(x, Eltwise::bessel_i0), quotient(b, y, x, 0.5f));
    default:
      return {};
  }
}

}  // namespace

bool is_flat(Eltwise algorithm) {
  switch (algorithm) {
    case Eltwise::round:
    case Eltwise::floor:
    case Eltwise::ceil:
    case Eltwise::trunc:
    case Eltwise::sign:
    case Eltwise::isnan:
    case Eltwise::isinf:
    case Eltwise::isfinite:
    case Eltwise::signbit:
    case Eltwise::logical_not:
      return true;
    default:
      return false;
  }
}

Value slope_of(Builder& b, const EltwiseArgs& function, Value x, Value y) {
  if (const Value slope = algebraic(b, function, x, y)) return slope;
  if (const Value slope = trigonometric(b, function.algorithm, x, y)) return slope;
  return special(b, function.algorithm, x, y);
}

}  // namespace graft::ops
