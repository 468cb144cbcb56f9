#include <cmath>
#include <limits>
#include <numbers>

#include "graft/graph/layers/operations/expressions.h"
#include "graft/graph/layers/operations/tables.h"

namespace graft {

using Type = Operation::Type;

static constexpr float kPi = std::numbers::pi_v<float>;
static constexpr float kInfinity = std::numeric_limits<float>::infinity();

static Value same(In in) { return in[0]; }

// -- rounding and bounds ---------------------------------------------------------------------------------------------

static Value rounded(In in) {
  const auto decimals = static_cast<double>(in.setting("decimals").integer());
  if (decimals == 0) return in.b.eltwise(in[0], Eltwise::round);
  const auto unit = static_cast<float>(std::pow(10.0, decimals));
  return in.b.div(in.b.eltwise(in.b.scale(in[0], unit), Eltwise::round), in.b.scalar(unit));
}

static Value clipped(In in) {
  const float most = std::numeric_limits<float>::max();
  const float low = in.number("x_min", -most), high = in.number("x_max", most);
  if (low > high) throw ConfigError(cat("x_min must not be above x_max; received ", low, " and ", high));
  return in.b.eltwise(in[0], Eltwise::clip, low, high);
}

static Value finite(In in) {
  const float most = std::numeric_limits<float>::max();
  const Value numbers = in.b.where(in.b.eltwise(in[0], Eltwise::isnan), in.b.scalar(in.number("nan")), in[0]);
  const Value below =
      in.b.where(compared(in, Binary::eq, numbers, kInfinity), in.b.scalar(in.number("posinf", most)), numbers);
  return in.b.where(compared(in, Binary::eq, numbers, -kInfinity), in.b.scalar(in.number("neginf", -most)), below);
}

static Value bitwise_not(In in) {
  if (in.dtype(0) == DType::boolean) return in.b.eltwise(in[0], Eltwise::logical_not);
  return in.dtype(0) == DType::u8 ? in.b.scale(in[0], -1, 255) : in.b.scale(in[0], -1, -1);
}

// -- types -----------------------------------------------------------------------------------------------------------

namespace {

// The numbers that a whole type holds; of bytes more than 24 bits a float holds fewer.
struct Range {
  double low, high;
};

}  // namespace

static Range range_of(const std::string& dtype) {
  if (dtype == "bool") return {0, 1};
  const bool is_unsigned = dtype.starts_with("uint");
  const double bits = std::stod(dtype.substr(is_unsigned ? 4 : 3));
  if (is_unsigned) return {0, std::exp2(bits) - 1};
  return {-std::exp2(bits - 1), std::exp2(bits - 1) - 1};
}

static bool is_whole(const std::string& dtype) { return dtype.starts_with("int") || dtype.starts_with("uint"); }

// Whole types of 8 and 16 bits drop the bits above theirs, as in NumPy.
static Value wrapped(In in, Value x, const std::string& dtype) {
  const Range range = range_of(dtype);
  const double count = range.high - range.low + 1;
  if (count > 65536) return x;
  const auto low = static_cast<float>(range.low);
  const Value places = in.b.binary(Binary::mod, in.b.scale(x, 1, -low), in.b.scalar(static_cast<float>(count)));
  return in.b.scale(places, 1, low);
}

static Value converted(In in, Value x, const std::string& dtype) {
  if (dtype == "bool") return compared(in, Binary::ne, x, 0);
  if (!is_whole(dtype)) return x;
  return wrapped(in, is_floating(in.dtype(0)) ? in.b.eltwise(x, Eltwise::trunc) : x, dtype);
}

static Value converted(In in) { return converted(in, in[0], in.setting("dtype").string()); }

static Value saturated(In in) {
  const std::string& dtype = in.setting("dtype").string();
  if (!is_whole(dtype)) return converted(in, in[0], dtype);
  const Range range = range_of(dtype);
  const auto low = static_cast<float>(range.low), high = static_cast<float>(range.high);
  return in.b.eltwise(in.b.eltwise(in[0], Eltwise::clip, low, high), Eltwise::trunc);
}

// The bits of a float as an int32, which float32 carries with 24 bits: (exponent + 127 + fraction) 2^23, less 2^31
// below zero.
static Value bits(In in) {
  ops::Builder& b = in.b;
  const Value size = b.eltwise(in[0], Eltwise::abs), none = compared(in, Binary::eq, size, 0);
  const Value positive = b.where(none, b.scalar(1), size);
  const Value exponent = b.eltwise(b.eltwise(positive, Eltwise::log2), Eltwise::floor);
  const Value fraction = b.scale(b.div(positive, b.eltwise(exponent, Eltwise::exp2)), 1, -1);
  const Value magnitude = b.scale(b.add(b.scale(exponent, 1, 127), fraction), std::exp2(23.f));
  const Value sign = b.scale(b.eltwise(in[0], Eltwise::signbit), -std::exp2(31.f));
  return b.add(b.where(none, b.scalar(0), magnitude), sign);
}

static Value viewed(In in) {
  const Literal& dtype = in.setting("dtype");
  const DType to = dtype.is_none() ? in.dtype(0) : dtype_named(dtype.string());
  if (to == in.dtype(0)) return in[0];
  if (in.dtype(0) == DType::f32 && to == DType::s32) return bits(in);
  if (in.probe != 0) return in[0];
  throw ConfigError(
      cat("View reads the bits of float32 as int32; received ", to_string(in.dtype(0)), " as ", to_string(to)));
}

// -- the table -------------------------------------------------------------------------------------------------------

static std::vector<Operation> functions() {
  return {
      unary("Exp", apply<Eltwise::exp>),
      unary("Exp2", apply<Eltwise::exp2>),
      unary("Expm1", apply<Eltwise::expm1>),
      unary("Log", apply<Eltwise::log>),
      unary("Log2", apply<Eltwise::log2>),
      unary("Log10", apply<Eltwise::log10>),
      unary("Log1p", apply<Eltwise::log1p>),
      unary("Sqrt", apply<Eltwise::sqrt>),
      unary("Rsqrt", apply<Eltwise::rsqrt>),
      unary("Cbrt", apply<Eltwise::cbrt>),
      unary("Reciprocal", apply<Eltwise::reciprocal>),
      unary("Sin", apply<Eltwise::sin>),
      unary("Cos", apply<Eltwise::cos>),
      unary("Tan", apply<Eltwise::tan>),
      unary("Sinh", apply<Eltwise::sinh>),
      unary("Cosh", apply<Eltwise::cosh>),
      unary("Tanh", apply<Eltwise::tanh>),
      unary("Arcsin", apply<Eltwise::arcsin>),
      unary("Arccos", apply<Eltwise::arccos>),
      unary("Arctan", apply<Eltwise::arctan>),
      unary("Arcsinh", apply<Eltwise::arcsinh>),
      unary("Arccosh", apply<Eltwise::arccosh>),
      unary("Arctanh", apply<Eltwise::arctanh>),
      unary("Sinc", apply<Eltwise::sinc>),
      unary("I0", apply<Eltwise::bessel_i0>),
      unary("Erf", apply<Eltwise::erf>),
      unary("Erfc", apply<Eltwise::erfc>),
      unary("Erfinv", apply<Eltwise::erfinv>),
      unary("Deg2rad", [](In in) { return in.b.scale(in[0], kPi / 180); }),
      unary("Rad2deg", [](In in) { return in.b.scale(in[0], 180 / kPi); }),
      unary("Fabs", apply<Eltwise::abs>),
  };
}

static std::vector<Operation> same_type() {
  return {
      unary("Ceil", apply<Eltwise::ceil>, Type::floats),
      unary("Floor", apply<Eltwise::floor>, Type::floats),
      unary("Trunc", apply<Eltwise::trunc>, Type::promoted),
      unary("Round", rounded, Type::promoted, {{"decimals", 0}}),
      unary("Sign", apply<Eltwise::sign>, Type::promoted),
      unary("Square", apply<Eltwise::square>, Type::promoted),
      unary(
          "Negative", [](In in) { return negated(in, in[0]); }, Type::promoted),
      unary("Clip", clipped, Type::promoted, {{"x_min", {}}, {"x_max", {}}}),
      unary("NanToNum", finite, Type::promoted, {{"nan", 0.0}, {"posinf", {}}, {"neginf", {}}}),
      unary("Copy", same, Type::promoted),
      unary("BitwiseNot", bitwise_not, Type::promoted),
      unary("BitwiseInvert", bitwise_not, Type::promoted),
      {.name = "StopGradient",
       .operands = {"variable"},
       .settings = {},
       .emit = [](In in) { return in.b.stop_gradient(in[0]); },
       .order = Operation::Order::elementwise},
  };
}

static Value is_infinity(In in, float which) { return compared(in, Binary::eq, in[0], which); }

static std::vector<Operation> tests_and_types() {
  std::vector<Operation> rows{
      unary("Isnan", apply<Eltwise::isnan>, Type::boolean),
      unary("Isinf", apply<Eltwise::isinf>, Type::boolean),
      unary("Isfinite", apply<Eltwise::isfinite>, Type::boolean),
      unary(
          "Isneginf", [](In in) { return is_infinity(in, -kInfinity); }, Type::boolean),
      unary(
          "Isposinf", [](In in) { return is_infinity(in, kInfinity); }, Type::boolean),
      unary(
          "Isreal", [](In in) { return in.filled(in.b.dims(in[0]), 1); }, Type::boolean),
      unary("Signbit", apply<Eltwise::signbit>, Type::boolean),
      unary("LogicalNot", apply<Eltwise::logical_not>, Type::boolean),
      unary("Cast", [](In in) { return converted(in); }, Type::first, {{"dtype", "float32"}}),
      unary("SaturateCast", saturated, Type::first, {{"dtype", "float32"}}),
      unary("View", viewed, Type::first, {{"dtype", {}}}),
  };
  for (size_t i = rows.size() - 3; i < rows.size(); ++i) rows[i].dtype_of = dtype_setting;
  return rows;
}

const std::vector<Operation>& elementwise_operations() {
  static const auto table = joined({functions(), same_type(), tests_and_types()});
  return table;
}

}  // namespace graft
