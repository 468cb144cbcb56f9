#include "graft/graph/layers/operations/math/binary.h"

#include "graft/graph/layers/operations/math/record.h"

namespace graft {

SymbolicTensor pow(const Argument& x, const Argument& exponent) { return record("Power", {x, exponent}); }
SymbolicTensor divide_no_nan(const Argument& x1, const Argument& x2) { return record("DivideNoNan", {x1, x2}); }
SymbolicTensor floor_divide(const Argument& x1, const Argument& x2) { return record("FloorDivide", {x1, x2}); }
SymbolicTensor mod(const Argument& x1, const Argument& x2) { return record("Mod", {x1, x2}); }
SymbolicTensor fmod(const Argument& x1, const Argument& x2) { return record("Fmod", {x1, x2}); }
SymbolicTensor fmax(const Argument& x1, const Argument& x2) { return record("Fmax", {x1, x2}); }
SymbolicTensor fmin(const Argument& x1, const Argument& x2) { return record("Fmin", {x1, x2}); }
SymbolicTensor polar(const Argument& size, const Argument& angle) { return record("Polar", {size, angle}); }
SymbolicTensor arctan2(const Argument& x1, const Argument& x2) { return record("Arctan2", {x1, x2}); }
SymbolicTensor hypot(const Argument& x1, const Argument& x2) { return record("Hypot", {x1, x2}); }
SymbolicTensor heaviside(const Argument& x1, const Argument& x2) { return record("Heaviside", {x1, x2}); }
SymbolicTensor logaddexp(const Argument& x1, const Argument& x2) { return record("Logaddexp", {x1, x2}); }
SymbolicTensor logaddexp2(const Argument& x1, const Argument& x2) { return record("Logaddexp2", {x1, x2}); }
SymbolicTensor nextafter(const Argument& x1, const Argument& x2) { return record("Nextafter", {x1, x2}); }
SymbolicTensor ldexp(const Argument& x1, const Argument& x2) { return record("Ldexp", {x1, x2}); }
SymbolicTensor gcd(const Argument& x1, const Argument& x2) { return record("Gcd", {x1, x2}); }
SymbolicTensor lcm(const Argument& x1, const Argument& x2) { return record("Lcm", {x1, x2}); }

SymbolicTensor greater(const Argument& x1, const Argument& x2) { return record("Greater", {x1, x2}); }
SymbolicTensor greater_equal(const Argument& x1, const Argument& x2) { return record("GreaterEqual", {x1, x2}); }
SymbolicTensor less(const Argument& x1, const Argument& x2) { return record("Less", {x1, x2}); }
SymbolicTensor less_equal(const Argument& x1, const Argument& x2) { return record("LessEqual", {x1, x2}); }
SymbolicTensor equal(const Argument& x1, const Argument& x2) { return record("Equal", {x1, x2}); }
SymbolicTensor not_equal(const Argument& x1, const Argument& x2) { return record("NotEqual", {x1, x2}); }
SymbolicTensor isclose(const Argument& x1, const Argument& x2, double rtol, double atol, bool equal_nan) {
  return record("Isclose", {x1, x2}, {{"equal_nan", equal_nan}}, {{"rtol", rtol}, {"atol", atol}});
}

SymbolicTensor logical_and(const Argument& x1, const Argument& x2) { return record("LogicalAnd", {x1, x2}); }
SymbolicTensor logical_or(const Argument& x1, const Argument& x2) { return record("LogicalOr", {x1, x2}); }
SymbolicTensor logical_xor(const Argument& x1, const Argument& x2) { return record("LogicalXor", {x1, x2}); }
SymbolicTensor bitwise_and(const Argument& x1, const Argument& x2) { return record("BitwiseAnd", {x1, x2}); }
SymbolicTensor bitwise_or(const Argument& x1, const Argument& x2) { return record("BitwiseOr", {x1, x2}); }
SymbolicTensor bitwise_xor(const Argument& x1, const Argument& x2) { return record("BitwiseXor", {x1, x2}); }
SymbolicTensor left_shift(const Argument& x1, const Argument& x2) { return record("LeftShift", {x1, x2}); }
SymbolicTensor right_shift(const Argument& x1, const Argument& x2) { return record("RightShift", {x1, x2}); }

SymbolicTensor where(const Argument& condition, const Argument& yes, const Argument& no) {
  return record("Where", {condition, yes, no});
}

}  // namespace graft
