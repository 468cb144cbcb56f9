#include "graft/graph/layers/operations/math/elementwise.h"

#include "graft/graph/layers/operations/math/record.h"

namespace graft {

SymbolicTensor exp(const Operand& x) { return record("Exp", {x}); }
SymbolicTensor exp2(const Operand& x) { return record("Exp2", {x}); }
SymbolicTensor expm1(const Operand& x) { return record("Expm1", {x}); }
SymbolicTensor log(const Operand& x) { return record("Log", {x}); }
SymbolicTensor log2(const Operand& x) { return record("Log2", {x}); }
SymbolicTensor log10(const Operand& x) { return record("Log10", {x}); }
SymbolicTensor log1p(const Operand& x) { return record("Log1p", {x}); }
SymbolicTensor sqrt(const Operand& x) { return record("Sqrt", {x}); }
SymbolicTensor rsqrt(const Operand& x) { return record("Rsqrt", {x}); }
SymbolicTensor cbrt(const Operand& x) { return record("Cbrt", {x}); }
SymbolicTensor square(const Operand& x) { return record("Square", {x}); }
SymbolicTensor reciprocal(const Operand& x) { return record("Reciprocal", {x}); }

SymbolicTensor sin(const Operand& x) { return record("Sin", {x}); }
SymbolicTensor cos(const Operand& x) { return record("Cos", {x}); }
SymbolicTensor tan(const Operand& x) { return record("Tan", {x}); }
SymbolicTensor arcsin(const Operand& x) { return record("Arcsin", {x}); }
SymbolicTensor arccos(const Operand& x) { return record("Arccos", {x}); }
SymbolicTensor arctan(const Operand& x) { return record("Arctan", {x}); }
SymbolicTensor sinh(const Operand& x) { return record("Sinh", {x}); }
SymbolicTensor cosh(const Operand& x) { return record("Cosh", {x}); }
SymbolicTensor arcsinh(const Operand& x) { return record("Arcsinh", {x}); }
SymbolicTensor arccosh(const Operand& x) { return record("Arccosh", {x}); }
SymbolicTensor arctanh(const Operand& x) { return record("Arctanh", {x}); }
SymbolicTensor sinc(const Operand& x) { return record("Sinc", {x}); }
SymbolicTensor deg2rad(const Operand& x) { return record("Deg2rad", {x}); }
SymbolicTensor rad2deg(const Operand& x) { return record("Rad2deg", {x}); }

SymbolicTensor erf(const Operand& x) { return record("Erf", {x}); }
SymbolicTensor erfc(const Operand& x) { return record("Erfc", {x}); }
SymbolicTensor erfinv(const Operand& x) { return record("Erfinv", {x}); }
SymbolicTensor i0(const Operand& x) { return record("I0", {x}); }

SymbolicTensor real(const Operand& x) { return record("Real", {x}); }
SymbolicTensor imag(const Operand& x) { return record("Imag", {x}); }
SymbolicTensor angle(const Operand& x) { return record("Angle", {x}); }
SymbolicTensor conj(const Operand& x) { return record("Conj", {x}); }

SymbolicTensor abs(const Operand& x) { return record("Absolute", {x}); }
SymbolicTensor sign(const Operand& x) { return record("Sign", {x}); }
SymbolicTensor floor(const Operand& x) { return record("Floor", {x}); }
SymbolicTensor ceil(const Operand& x) { return record("Ceil", {x}); }
SymbolicTensor trunc(const Operand& x) { return record("Trunc", {x}); }
SymbolicTensor round(const Operand& x, int64_t decimals) { return record("Round", {x}, {{"decimals", decimals}}); }

SymbolicTensor clip(const Operand& x, double low, double high) {
  return record("Clip", {x}, {{"x_min", low}, {"x_max", high}});
}
SymbolicTensor nan_to_num(const Operand& x, double nan, std::optional<double> posinf, std::optional<double> neginf) {
  return record("NanToNum", {x}, {{"nan", nan}, {"posinf", literal_of(posinf)}, {"neginf", literal_of(neginf)}});
}
SymbolicTensor isnan(const Operand& x) { return record("Isnan", {x}); }
SymbolicTensor isinf(const Operand& x) { return record("Isinf", {x}); }
SymbolicTensor isfinite(const Operand& x) { return record("Isfinite", {x}); }
SymbolicTensor isposinf(const Operand& x) { return record("Isposinf", {x}); }
SymbolicTensor isneginf(const Operand& x) { return record("Isneginf", {x}); }
SymbolicTensor signbit(const Operand& x) { return record("Signbit", {x}); }
SymbolicTensor logical_not(const Operand& x) { return record("LogicalNot", {x}); }
SymbolicTensor bitwise_not(const Operand& x) { return record("BitwiseNot", {x}); }

SymbolicTensor cast(const Operand& x, const std::string& dtype) { return record("Cast", {x}, {{"dtype", dtype}}); }
SymbolicTensor saturate_cast(const Operand& x, const std::string& dtype) {
  return record("SaturateCast", {x}, {{"dtype", dtype}});
}
SymbolicTensor stop_gradient(const Operand& x) { return record("StopGradient", {x}); }

}  // namespace graft
