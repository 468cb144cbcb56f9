#pragma once

#include "graft/graph/layers/operations/math/operand.h"

namespace graft {

// The elementwise functions of keras.ops of the same names: the result has the shape of x.

/// Powers, roots and logarithms.
SymbolicTensor exp(const Operand& x);
SymbolicTensor exp2(const Operand& x);
SymbolicTensor expm1(const Operand& x);  ///< e^x - 1
SymbolicTensor log(const Operand& x);    ///< natural
SymbolicTensor log2(const Operand& x);
SymbolicTensor log10(const Operand& x);
SymbolicTensor log1p(const Operand& x);  ///< log(1 + x)
SymbolicTensor sqrt(const Operand& x);
SymbolicTensor rsqrt(const Operand& x);  ///< 1 / sqrt(x)
SymbolicTensor cbrt(const Operand& x);
SymbolicTensor square(const Operand& x);
SymbolicTensor reciprocal(const Operand& x);

/// Trigonometric and hyperbolic functions, of angles in radians.
SymbolicTensor sin(const Operand& x);
SymbolicTensor cos(const Operand& x);
SymbolicTensor tan(const Operand& x);
SymbolicTensor arcsin(const Operand& x);
SymbolicTensor arccos(const Operand& x);
SymbolicTensor arctan(const Operand& x);
SymbolicTensor sinh(const Operand& x);
SymbolicTensor cosh(const Operand& x);
SymbolicTensor arcsinh(const Operand& x);
SymbolicTensor arccosh(const Operand& x);
SymbolicTensor arctanh(const Operand& x);
SymbolicTensor sinc(const Operand& x);
SymbolicTensor deg2rad(const Operand& x);
SymbolicTensor rad2deg(const Operand& x);

/// Special functions.
SymbolicTensor erf(const Operand& x);
SymbolicTensor erfc(const Operand& x);  ///< 1 - erf(x)
SymbolicTensor erfinv(const Operand& x);
SymbolicTensor i0(const Operand& x);  ///< the modified Bessel function

/// Parts of complex numbers; a real one is its own real part.
SymbolicTensor real(const Operand& x);
SymbolicTensor imag(const Operand& x);
SymbolicTensor angle(const Operand& x);
SymbolicTensor conj(const Operand& x);  ///< with the opposite imaginary part

/// Signs and rounding. All but abs have gradient 0.
SymbolicTensor abs(const Operand& x);
SymbolicTensor sign(const Operand& x);  ///< -1, 0 or 1
SymbolicTensor floor(const Operand& x);
SymbolicTensor ceil(const Operand& x);
SymbolicTensor trunc(const Operand& x);                        ///< towards 0
SymbolicTensor round(const Operand& x, int64_t decimals = 0);  ///< halves to even

/// Bounds and values that are no numbers.
SymbolicTensor clip(const Operand& x, double low, double high);  ///< min(max(x, low), high)
SymbolicTensor nan_to_num(const Operand& x, double nan = 0, std::optional<double> posinf = {},
                          std::optional<double> neginf = {});
SymbolicTensor isnan(const Operand& x);
SymbolicTensor isinf(const Operand& x);
SymbolicTensor isfinite(const Operand& x);
SymbolicTensor isposinf(const Operand& x);
SymbolicTensor isneginf(const Operand& x);
SymbolicTensor signbit(const Operand& x);
SymbolicTensor logical_not(const Operand& x);
SymbolicTensor bitwise_not(const Operand& x);

/// Types, and an end of gradients.
SymbolicTensor cast(const Operand& x, const std::string& dtype);
SymbolicTensor saturate_cast(const Operand& x, const std::string& dtype);  ///< within its range
SymbolicTensor stop_gradient(const Operand& x);

}  // namespace graft
