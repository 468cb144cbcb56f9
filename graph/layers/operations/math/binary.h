#pragma once

#include "graft/graph/layers/operations/math/operand.h"

namespace graft {

// The functions of two operands of keras.ops of the same names. Either may be a number or an array; they broadcast as
// in NumPy.

/// Arithmetic beside the operators.
SymbolicTensor pow(const Argument& x, const Argument& exponent);
SymbolicTensor divide_no_nan(const Argument& x1, const Argument& x2);  ///< 0 where x2 is 0
SymbolicTensor floor_divide(const Argument& x1, const Argument& x2);
SymbolicTensor mod(const Argument& x1, const Argument& x2);   ///< with the sign of x2, as in Python
SymbolicTensor fmod(const Argument& x1, const Argument& x2);  ///< with the sign of x1, as in C
SymbolicTensor fmax(const Argument& x1, const Argument& x2);  ///< the other one where one is NaN
SymbolicTensor fmin(const Argument& x1, const Argument& x2);
/// The complex number of this size and angle, which only real, imag, abs, angle and conj take.
SymbolicTensor polar(const Argument& size, const Argument& angle);
SymbolicTensor arctan2(const Argument& x1, const Argument& x2);  ///< the angle of the point (x2, x1)
SymbolicTensor hypot(const Argument& x1, const Argument& x2);
SymbolicTensor heaviside(const Argument& x1, const Argument& x2);
SymbolicTensor logaddexp(const Argument& x1, const Argument& x2);  ///< log(e^x1 + e^x2)
SymbolicTensor logaddexp2(const Argument& x1, const Argument& x2);
SymbolicTensor nextafter(const Argument& x1, const Argument& x2);
SymbolicTensor ldexp(const Argument& x1, const Argument& x2);  ///< x1 2^x2
SymbolicTensor gcd(const Argument& x1, const Argument& x2);
SymbolicTensor lcm(const Argument& x1, const Argument& x2);

/// 1 where the comparison holds, else 0; no gradient.
SymbolicTensor greater(const Argument& x1, const Argument& x2);
SymbolicTensor greater_equal(const Argument& x1, const Argument& x2);
SymbolicTensor less(const Argument& x1, const Argument& x2);
SymbolicTensor less_equal(const Argument& x1, const Argument& x2);
SymbolicTensor equal(const Argument& x1, const Argument& x2);
SymbolicTensor not_equal(const Argument& x1, const Argument& x2);
SymbolicTensor isclose(const Argument& x1, const Argument& x2, double rtol = 1e-5, double atol = 1e-8,
                       bool equal_nan = false);

/// Of truth values, and of the bits of whole numbers; no gradient.
SymbolicTensor logical_and(const Argument& x1, const Argument& x2);
SymbolicTensor logical_or(const Argument& x1, const Argument& x2);
SymbolicTensor logical_xor(const Argument& x1, const Argument& x2);
SymbolicTensor bitwise_and(const Argument& x1, const Argument& x2);
SymbolicTensor bitwise_or(const Argument& x1, const Argument& x2);
SymbolicTensor bitwise_xor(const Argument& x1, const Argument& x2);
SymbolicTensor left_shift(const Argument& x1, const Argument& x2);
SymbolicTensor right_shift(const Argument& x1, const Argument& x2);

/// `yes` where the condition is not 0, `no` elsewhere.
SymbolicTensor where(const Argument& condition, const Argument& yes, const Argument& no);

}  // namespace graft
