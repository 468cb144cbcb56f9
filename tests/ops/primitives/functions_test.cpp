// The functions of one and two operands that oneDNN lacks: values over all exponents, special numbers and gradients.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "graft/core/error.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
constexpr double kPi = std::numbers::pi;

/// Several numbers of each exponent, of both signs, and the special ones.
std::vector<float> all_exponents() {
  std::vector<float> out{0, -0.f, 1, -1, kInfinity, -kInfinity, kNaN};
  for (int exponent = -149; exponent < 128; ++exponent)
    for (const float part : {1.f, 1.0000001f, 1.1f, 1.37f, 1.5f, 1.9f, 1.9999999f})
      for (const float sign : {1.f, -1.f}) out.push_back(sign * std::ldexp(part, exponent));
  return out;
}

double sinc(double x) {
  if (x == 0) return 1;
  return std::trunc(x) == x && std::isfinite(x) ? 0 : std::sin(kPi * std::remainder(x, 2)) / (kPi * x);
}

struct Function {
  Eltwise algorithm;
  const char* name;
  double (*exact)(double);
};

const Function kFunctions[] = {
    {Eltwise::ceil, "ceil", [](double x) { return std::ceil(x); }},
    {Eltwise::trunc, "trunc", [](double x) { return std::trunc(x); }},
    {Eltwise::tan, "tan", [](double x) { return std::tan(x); }},
    {Eltwise::arcsin, "arcsin", [](double x) { return std::asin(x); }},
    {Eltwise::arccos, "arccos", [](double x) { return std::acos(x); }},
    {Eltwise::arctan, "arctan", [](double x) { return std::atan(x); }},
    {Eltwise::sinh, "sinh", [](double x) { return std::sinh(x); }},
    {Eltwise::cosh, "cosh", [](double x) { return std::cosh(x); }},
    {Eltwise::arcsinh, "arcsinh", [](double x) { return std::asinh(x); }},
    {Eltwise::arccosh, "arccosh", [](double x) { return std::acosh(x); }},
    {Eltwise::arctanh, "arctanh", [](double x) { return std::atanh(x); }},
    {Eltwise::expm1, "expm1", [](double x) { return std::expm1(x); }},
    {Eltwise::log1p, "log1p", [](double x) { return std::log1p(x); }},
    {Eltwise::log2, "log2", [](double x) { return std::log2(x); }},
    {Eltwise::log10, "log10", [](double x) { return std::log10(x); }},
    {Eltwise::exp2, "exp2", [](double x) { return std::exp2(x); }},
    {Eltwise::cbrt, "cbrt", [](double x) { return std::cbrt(x); }},
    {Eltwise::erfc, "erfc", [](double x) { return std::erfc(x); }},
    {Eltwise::sinc, "sinc", sinc},
    {Eltwise::isnan, "isnan", [](double x) { return std::isnan(x) ? 1. : 0.; }},
    {Eltwise::isinf, "isinf", [](double x) { return std::isinf(x) ? 1. : 0.; }},
    {Eltwise::isfinite, "isfinite", [](double x) { return std::isfinite(x) ? 1. : 0.; }},
    {Eltwise::logical_not, "logical_not", [](double x) { return x == 0 ? 1. : 0.; }},
};

Emit of(Eltwise algorithm) {
  return [algorithm](Builder& b, const Values& v) { return b.eltwise(v[0], algorithm); };
}
Emit of(Binary algorithm) {
  return [algorithm](Builder& b, const Values& v) { return b.binary(algorithm, v[0], v[1]); };
}

std::vector<float> results(const Emit& emit, const std::vector<std::vector<float>>& operands) {
  std::vector<Tensor> inputs;
  for (const auto& x : operands) inputs.push_back(Tensor({static_cast<int64_t>(x.size())}, x));
  const Tensor out = compute(emit, inputs);
  return {out.data<float>().begin(), out.data<float>().end()};
}

/// Whether a float is the exact number up to a few units in the last place, or the same infinity, or NaN as well.
bool close(float value, double exact, double units = 2.5) {
  if (std::isnan(exact)) return std::isnan(value);
  if (std::isinf(static_cast<float>(exact)) || std::isinf(value)) {
    // A result that rounds to the largest float may come as infinity.
    return std::abs(exact) > 0x1.fffffcp127 && (std::isinf(value) || std::abs(value) > 0x1.ffffp127f) &&
           std::signbit(value) == std::signbit(exact);
  }
  const double unit = std::max(std::abs(exact) * 0x1p-23, 0x1p-149);
  return std::abs(value - exact) <= units * unit;
}

Tensor row(const std::vector<float>& values) { return Tensor({static_cast<int64_t>(values.size())}, values); }

bool same(float a, float b) { return a == b ? std::signbit(a) == std::signbit(b) : a != a && b != b; }

void check_same(const std::vector<float>& found, const std::vector<float>& expected) {
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); ++i) CHECK_MESSAGE(same(found[i], expected[i]), found[i], ' ', expected[i]);
}

}  // namespace

TEST_CASE("functions: within 2.5 units in the last place of double, over all exponents and special numbers") {
  const std::vector<float> x = all_exponents();
  for (const Function& f : kFunctions) {
    const std::vector<float> found = results(of(f.algorithm), {x});
    int wrong = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double exact = f.exact(x[i]);
      const bool right = close(found[i], exact);
      if (!right && ++wrong < 4) FAIL_CHECK(cat(f.name, '(', x[i], ") is ", exact, "; found ", found[i]));
    }
  }
}

TEST_CASE("functions: erfinv is the inverse of erf, up to the ends of its range") {
  std::vector<float> y{0.5f, -0.9f, 0.99f, 0.999999f, 1 - 0x1p-24f, -1 + 0x1p-24f, 1e-30f, 1e-40f, 0.05f, -0.7f};
  const std::vector<float> x = results(of(Eltwise::erfinv), {y});
  for (size_t i = 0; i < y.size(); ++i) {
    const double value = x[i], slope = 2 * std::numbers::inv_sqrtpi * std::exp(-value * value);
    CHECK_MESSAGE(close(x[i], value - (std::erf(value) - y[i]) / slope, 1), y[i], ' ', x[i]);
  }
  check_same(results(of(Eltwise::erfinv), {{1, -1, 1.5f, kNaN, 0, -0.f}}),
             {kInfinity, -kInfinity, kNaN, kNaN, 0, -0.f});
}

// scipy.special.i0 and i1 of float64
TEST_CASE("functions: modified Bessel functions") {
  const std::vector<float> x{0, 0.5f, -2, 10, -50, 91, 92, kInfinity, -kInfinity, kNaN};
  const double zeroth[] = {1, 1.0634833707413236, 2.2795853023360673, 2815.716628466254, 2.9325537838493363e20};
  const double first[] = {0, 0.25789430539089633, -1.5906368546373291, 2670.988303701255, -2.903078590103557e20};
  const std::vector<float> i0 = results(of(Eltwise::bessel_i0), {x}), i1 = results(of(Eltwise::bessel_i1), {x});
  for (size_t i = 0; i < 5; ++i) {
    CHECK(close(i0[i], zeroth[i]));
    CHECK(close(i1[i], first[i]));
  }
  CHECK(std::isfinite(i0[5]));
  check_same({i0[6], i0[7], i0[8], i0[9]}, {kInfinity, kInfinity, kInfinity, kNaN});
  check_same({i1[6], i1[7], i1[8], i1[9]}, {kInfinity, kInfinity, -kInfinity, kNaN});
}

TEST_CASE("functions: the sign, and the sign bit, also of zeros") {
  check_same(results(of(Eltwise::sign), {{0, 3, -2, kInfinity, kNaN}}), {0, 1, -1, 1, kNaN});
  check_same(results(of(Eltwise::signbit), {{0, -0.f, 2, -2, kInfinity, -kInfinity}}), {0, 1, 0, 1, 0, 1});
}

TEST_CASE("functions: gradients are those of central differences") {
  const Tensor any = row({-2.3f, -1.1f, -0.4f, 0.3f, 0.9f, 1.7f}), unit = row({-0.9f, -0.5f, -0.1f, 0.2f, 0.6f, 0.8f}),
               above = row({0.6f, 0.9f, 1.4f, 2.2f, 3.1f, 4});
  for (const Eltwise f :
       {Eltwise::arctan, Eltwise::sinh, Eltwise::cosh, Eltwise::arcsinh, Eltwise::expm1, Eltwise::exp2, Eltwise::cbrt,
        Eltwise::erfc, Eltwise::sinc, Eltwise::sinc_slope, Eltwise::bessel_i0, Eltwise::bessel_i1})
    check_gradients(cat("function ", static_cast<int>(f)), of(f), {any});
  for (const Eltwise f : {Eltwise::tan, Eltwise::arcsin, Eltwise::arccos, Eltwise::arctanh, Eltwise::erfinv})
    check_gradients(cat("function ", static_cast<int>(f)), of(f), {unit});
  for (const Eltwise f : {Eltwise::log1p, Eltwise::log2, Eltwise::log10})
    check_gradients(cat("function ", static_cast<int>(f)), of(f), {above});
  check_gradients("arccosh", of(Eltwise::arccosh), {row({1.3f, 1.5f, 1.9f, 2.2f, 3.1f, 4})});
  check_gradients("at 0", of(Eltwise::sinc), {row({0, 0.03f, -0.2f})});
  check_gradients("at 0", of(Eltwise::bessel_i1), {row({0, 0.03f, -0.2f})});
}

TEST_CASE("binary: extremes propagate NaN, and fmin and fmax leave it out") {
  const std::vector<float> x{1, kNaN, 1, kNaN, -kInfinity}, y{2, 1, kNaN, kNaN, 3};
  check_same(results(of(Binary::max), {x, y}), {2, kNaN, kNaN, kNaN, 3});
  check_same(results(of(Binary::min), {x, y}), {1, kNaN, kNaN, kNaN, -kInfinity});
  check_same(results(of(Binary::fmax), {x, y}), {2, 1, 1, kNaN, 3});
  check_same(results(of(Binary::fmin), {x, y}), {1, 1, 1, kNaN, -kInfinity});
}

TEST_CASE("binary: quotients and rests of both conventions") {
  const std::vector<float> x{7, -7, 7, -7, 6, -6, 1, -1, 0, 1, kInfinity, 5.5f};
  const std::vector<float> y{3, 3, -3, -3, 3, -3, 0, 0, 0, kInfinity, 2, 0.5f};
  check_same(results(of(Binary::floor_div), {x, y}), {2, -3, -3, 2, 2, 2, kInfinity, -kInfinity, kNaN, 0, kNaN, 11});
  check_same(results(of(Binary::mod), {x, y}), {1, 2, -2, -1, 0, -0.f, kNaN, kNaN, kNaN, 1, kNaN, 0});
  check_same(results(of(Binary::fmod), {x, y}), {1, -1, 1, -1, 0, -0.f, kNaN, kNaN, kNaN, 1, kNaN, 0});
}

TEST_CASE("binary: angles, lengths, neighbours, sums of exponentials and powers of two") {
  check_same(results(of(Binary::atan2), {{0, -0.f, 1, 1}, {1, 1, 0, -kInfinity}}),
             {0, -0.f, static_cast<float>(kPi / 2), static_cast<float>(kPi)});
  check_same(results(of(Binary::hypot), {{3e38f, 3, kInfinity, 0}, {1, 4, kNaN, 0}}), {3e38f, 5, kInfinity, 0});
  check_same(results(of(Binary::nextafter), {{1, 1, 0, 2}, {2, 0, -1, 2}}),
             {1 + 0x1p-23f, 1 - 0x1p-24f, -0x1p-149f, 2});
  const std::vector<float> sums = results(
      of(Binary::logaddexp), {{1000, -1000, 0, -kInfinity, kInfinity, kNaN}, {1000, -1001, 50, -kInfinity, 1, 0}});
  CHECK(close(sums[0], 1000 + std::numbers::ln2));
  CHECK(close(sums[1], -1000 + std::log1p(std::exp(-1))));
  check_same({sums[2], sums[3], sums[4], sums[5]}, {50, -kInfinity, kInfinity, kNaN});
  check_same(results(of(Binary::ldexp), {{3, 1, 0x1p-140f, 1, 0}, {2, -149, 200, 1000, 5}}),
             {12, 0x1p-149f, 0x1p60f, kInfinity, 0});
}

TEST_CASE("binary: logic, and whole numbers") {
  const std::vector<float> p{0, 0, 2, kNaN}, q{0, -1, 0, 3};
  check_same(results(of(Binary::logical_and), {p, q}), {0, 0, 0, 1});
  check_same(results(of(Binary::logical_or), {p, q}), {0, 1, 1, 1});
  check_same(results(of(Binary::logical_xor), {p, q}), {0, 1, 1, 0});
  const std::vector<float> x{12, -5, 0, 7, 6}, y{10, 3, 4, 0, -4};
  check_same(results(of(Binary::bitwise_and), {x, y}), {8, 3, 0, 0, 4});
  check_same(results(of(Binary::bitwise_or), {x, y}), {14, -5, 4, 7, -2});
  check_same(results(of(Binary::bitwise_xor), {x, y}), {6, -8, 4, 7, -6});
  check_same(results(of(Binary::left_shift), {x, {1, 2, 3, 0, 70}}), {24, -20, 0, 7, 0});
  check_same(results(of(Binary::right_shift), {x, {1, 1, 3, 0, 70}}), {6, -3, 0, 7, 0});
  check_same(results(of(Binary::gcd), {x, y}), {2, 1, 4, 7, 2});
  check_same(results(of(Binary::lcm), {x, y}), {60, 15, 0, 0, 12});
}

TEST_CASE("binary: gradients of the further functions are those of central differences") {
  const Tensor x({2, 3}, std::vector<float>{0.7f, -1.3f, 2.2f, 3.4f, -0.6f, 1.2f});
  const Tensor y({2, 3}, std::vector<float>{1.5f, 0.8f, -0.9f, 1.1f, 2.5f, -1.6f}),
      part({1, 3}, std::vector<float>{1.6f, -0.9f, 2.3f});
  for (const Binary f :
       {Binary::fmin, Binary::fmax, Binary::atan2, Binary::mod, Binary::fmod, Binary::hypot, Binary::logaddexp}) {
    check_gradients(cat("binary ", static_cast<int>(f)), of(f), {x, y});
    check_gradients(cat("binary ", static_cast<int>(f)), of(f), {x, part});
  }
  check_gradients("ldexp", of(Binary::ldexp), {x, Tensor({2, 3}, std::vector<float>{1, 2, 0, -1, 3, 1})}, {1});
}
