#include <numbers>

#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

using Type = Operation::Type;

static Operation binary(const char* name, Emit emit, Type type = Type::promoted,
                        std::vector<std::string> operands = {"x1", "x2"}, Literals settings = {}) {
  return {.name = name,
          .operands = std::move(operands),
          .settings = std::move(settings),
          .emit = std::move(emit),
          .type = type,
          .order = Operation::Order::elementwise};
}

// -- arithmetic: with a number it is one linear function, which costs least ------------------------------------------

static Value sum(In in) {
  if (const auto left = in.number(size_t{0})) return in.b.scale(in[1], 1, *left);
  if (const auto right = in.number(size_t{1})) return in.b.scale(in[0], 1, *right);
  return in.b.add(in[0], in[1]);
}

static Value difference(In in) {
  if (const auto left = in.number(size_t{0})) return in.b.scale(in[1], -1, *left);
  if (const auto right = in.number(size_t{1})) return in.b.scale(in[0], 1, -*right);
  return in.b.sub(in[0], in[1]);
}

static Value product(In in) {
  if (const auto left = in.number(size_t{0})) return in.b.scale(in[1], *left);
  if (const auto right = in.number(size_t{1})) return in.b.scale(in[0], *right);
  return in.b.mul(in[0], in[1]);
}

static Value power(In in) {
  if (const auto exponent = in.number(size_t{1})) return in.b.eltwise(in[0], Eltwise::pow, *exponent);
  return in.b.binary(Binary::pow, in[0], in[1]);
}

static Value quotient_or_zero(In in) {
  const Value none = compared(in, Binary::eq, in[1], 0);
  return in.b.where(none, in.b.scalar(0), in.b.div(in[0], in.b.where(none, in.b.scalar(1), in[1])));
}

// -- functions -------------------------------------------------------------------------------------------------------

static Value step(In in) {
  const Value above = in.b.where(compared(in, Binary::gt, in[0], 0), in.b.scalar(1), in[1]);
  const Value numbers = in.b.where(compared(in, Binary::lt, in[0], 0), in.b.scalar(0), above);
  return in.b.where(in.b.eltwise(in[0], Eltwise::isnan), in[0], numbers);
}

static Value log2_of_sum(In in) {
  const float ln2 = std::numbers::ln2_v<float>;
  const Value sum = in.b.binary(Binary::logaddexp, in.b.scale(in[0], ln2), in.b.scale(in[1], ln2));
  return in.b.scale(sum, 1 / ln2);
}

// |x1 - x2| <= atol + rtol |x2|; equal infinities are close.
static Value close(In in) {
  const Value gap = in.b.eltwise(in.b.sub(in[0], in[1]), Eltwise::abs);
  const float rtol = in.number("rtol", 1e-5), atol = in.number("atol", 1e-8);
  const Value allowed = in.b.scale(in.b.eltwise(in[1], Eltwise::abs), rtol, atol);
  const Value finite =
      in.b.binary(Binary::logical_and, in.b.eltwise(in[0], Eltwise::isfinite), in.b.eltwise(in[1], Eltwise::isfinite));
  const Value near = in.b.binary(Binary::logical_and, in.b.binary(Binary::le, gap, allowed), finite);
  const Value equal = in.b.binary(Binary::logical_or, near, in.b.binary(Binary::eq, in[0], in[1]));
  if (!in.flag("equal_nan")) return equal;
  const Value both_nan =
      in.b.binary(Binary::logical_and, in.b.eltwise(in[0], Eltwise::isnan), in.b.eltwise(in[1], Eltwise::isnan));
  return in.b.binary(Binary::logical_or, equal, both_nan);
}

static Value chosen(In in) {
  if (!in.has(1) || !in.has(2))
    throw ShapeError("x1 and x2 must be given: where they are not, the shape depends on the numbers");
  return in.b.where(in[0], in[1], in[2]);
}

// -- the table -------------------------------------------------------------------------------------------------------

static std::vector<Operation> arithmetic() {
  return {
      binary("Add", sum),
      binary("Subtract", difference),
      binary("Multiply", product),
      binary("Divide", combine<Binary::div>, Type::floats),
      binary("TrueDivide", combine<Binary::div>, Type::floats),
      binary("DivideNoNan", quotient_or_zero, Type::floats),
      binary("FloorDivide", combine<Binary::floor_div>),
      binary("Mod", combine<Binary::mod>),
      binary("Fmod", combine<Binary::fmod>),
      binary("Power", power),
      binary("Maximum", combine<Binary::max>),
      binary("Minimum", combine<Binary::min>),
      binary("Fmax", combine<Binary::fmax>),
      binary("Fmin", combine<Binary::fmin>),
      binary("Arctan2", combine<Binary::atan2>, Type::floats),
      binary("Hypot", combine<Binary::hypot>, Type::floats),
      binary("Heaviside", step, Type::floats),
      binary("Logaddexp", combine<Binary::logaddexp>, Type::floats),
      binary("Logaddexp2", log2_of_sum, Type::floats),
      binary("Nextafter", combine<Binary::nextafter>, Type::floats),
      binary("Ldexp", combine<Binary::ldexp>, Type::floats),
      binary("Gcd", combine<Binary::gcd>),
      binary("Lcm", combine<Binary::lcm>),
  };
}

static std::vector<Operation> choices() {
  return {
      binary("Equal", combine<Binary::eq>, Type::boolean),
      binary("NotEqual", combine<Binary::ne>, Type::boolean),
      binary("Greater", combine<Binary::gt>, Type::boolean),
      binary("GreaterEqual", combine<Binary::ge>, Type::boolean),
      binary("Less", combine<Binary::lt>, Type::boolean),
      binary("LessEqual", combine<Binary::le>, Type::boolean),
      binary("LogicalAnd", combine<Binary::logical_and>, Type::boolean),
      binary("LogicalOr", combine<Binary::logical_or>, Type::boolean),
      binary("LogicalXor", combine<Binary::logical_xor>, Type::boolean),
      binary("Isclose", close, Type::boolean, {"x1", "x2", "=rtol", "=atol"}, {{"equal_nan", false}}),
      {.name = "Where",
       .operands = {"condition", "x1?", "x2?"},
       .settings = {},
       .emit = chosen,
       .order = Operation::Order::elementwise},
  };
}

static std::vector<Operation> bitwise() {
  const std::vector<std::string> operands{"x", "y"};
  return {
      binary("BitwiseAnd", combine<Binary::bitwise_and>, Type::promoted, operands),
      binary("BitwiseOr", combine<Binary::bitwise_or>, Type::promoted, operands),
      binary("BitwiseXor", combine<Binary::bitwise_xor>, Type::promoted, operands),
      binary("LeftShift", combine<Binary::left_shift>, Type::promoted, operands),
      binary("BitwiseLeftShift", combine<Binary::left_shift>, Type::promoted, operands),
      binary("RightShift", combine<Binary::right_shift>, Type::promoted, operands),
      binary("BitwiseRightShift", combine<Binary::right_shift>, Type::promoted, operands),
  };
}

const std::vector<Operation>& binary_operations() {
  static const auto table = joined({arithmetic(), choices(), bitwise()});
  return table;
}

}  // namespace graft
