#include <doctest/doctest.h>

#include <cmath>

#include "graft/core/error.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/layer_check.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

// The offset of the element `index` of a tensor of dims `to` in one of dims `from` that is broadcast.
size_t repeated(size_t index, const Dims& from, const Dims& to) {
  if (from.size() != to.size()) return 0;
  size_t out = 0, stride = 1;
  for (size_t i = to.size(); i-- > 0;) {
    const auto n = static_cast<size_t>(to[i]), m = static_cast<size_t>(from[i]);
    out += (m == 1 ? 0 : index % n) * stride;
    index /= n;
    stride *= m;
  }
  return out;
}

// Positive numbers; two grids with different offsets stay apart from each other, as min and max need it.
Tensor grid(const Shape& shape, float offset, uint64_t seed) {
  Tensor out = spaced(shape, 20, 10, seed);
  for (float& v : out.data<float>()) v = offset + 0.05f * std::floor(v);
  return out;
}

using Function = float (*)(float, float);

Tensor loop(const Tensor& a, const Tensor& b, const Shape& to, Function f) {
  Tensor out(to);
  for (size_t i = 0; i < out.data<float>().size(); ++i)
    out.data<float>()[i] = f(a.data<float>()[repeated(i, a.shape().dims(), to.dims())],
                             b.data<float>()[repeated(i, b.shape().dims(), to.dims())]);
  return out;
}

struct Case {
  Shape a, b, to;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {{2, 3, 4, 5}, {2, 3, 4, 5}, {2, 3, 4, 5}},
      {{2, 20, 4, 5}, {1, 20, 1, 1}, {2, 20, 4, 5}},
      {{1, 3, 16, 16}, {1, 3, 1, 1}, {1, 3, 16, 16}},
      {{1, 1, 1, 1}, {2, 3, 4, 5}, {2, 3, 4, 5}},
      {{2, 3, 4, 5}, {1}, {2, 3, 4, 5}},
      {{1}, {2, 1, 4, 5}, {2, 1, 4, 5}},
      {{2, 3, 4, 5}, {2, 3, 1, 1}, {2, 3, 4, 5}},
      {{2, 1, 4, 5}, {2, 3, 4, 5}, {2, 3, 4, 5}},
      {{2, 3, 4, 5}, {1, 1, 1, 5}, {2, 3, 4, 5}},
      {{4, 1}, {1, 6}, {4, 6}},
      {{2, 1, 4, 1}, {1, 3, 1, 5}, {2, 3, 4, 5}},
      {{7}, {7}, {7}},
      {{1}, {1}, {1}},
      {{8, 3, 40, 40}, {1, 3, 1, 1}, {8, 3, 40, 40}},
      {{2, 20, 64, 64}, {2, 20, 64, 64}, {2, 20, 64, 64}},
      {{2, 3, 7}, {2, 1, 7}, {2, 3, 7}},
  };
  return all;
}

struct Named {
  const char* name;
  Binary algorithm;
  Function f;
};

const Named kArithmetic[] = {
    {"add", Binary::add, [](float a, float b) { return a + b; }},
    {"sub", Binary::sub, [](float a, float b) { return a - b; }},
    {"mul", Binary::mul, [](float a, float b) { return a * b; }},
    {"div", Binary::div, [](float a, float b) { return a / b; }},
    {"min", Binary::min, [](float a, float b) { return std::min(a, b); }},
    {"max", Binary::max, [](float a, float b) { return std::max(a, b); }},
    {"pow", Binary::pow, [](float a, float b) { return std::pow(a, b); }},
};

const Named kComparisons[] = {
    {"eq", Binary::eq, [](float a, float b) { return a == b ? 1.f : 0.f; }},
    {"ne", Binary::ne, [](float a, float b) { return a != b ? 1.f : 0.f; }},
    {"lt", Binary::lt, [](float a, float b) { return a < b ? 1.f : 0.f; }},
    {"le", Binary::le, [](float a, float b) { return a <= b ? 1.f : 0.f; }},
    {"gt", Binary::gt, [](float a, float b) { return a > b ? 1.f : 0.f; }},
    {"ge", Binary::ge, [](float a, float b) { return a >= b ? 1.f : 0.f; }},
};

Emit binary(Binary algorithm) {
  return [algorithm](Builder& b, const Values& x) { return b.binary(algorithm, x[0], x[1]); };
}

}  // namespace

TEST_CASE("binary: every function over every way to broadcast an operand equals a plain loop") {
  for (const Case& c : cases())
    for (const Named& op : kArithmetic) {
      const Tensor a = spaced(c.a, 1, 1, 1), b = spaced(c.b, 1, 1.1, 2);  // positive: for div and pow
      check_values(cat(op.name, ' ', c.a, ' ', c.b), binary(op.algorithm), {a, b}, loop(a, b, c.to, op.f));
    }
}

TEST_CASE("binary: comparisons give 1 or 0, also where values are equal") {
  Tensor a({2, 3, 2, 2}), b({1, 3, 1, 1}, std::vector<float>{0, 1, 2});
  for (size_t i = 0; i < 24; ++i) a.data<float>()[i] = static_cast<float>(i % 4);
  for (const Named& op : kComparisons)
    check_values(op.name, binary(op.algorithm), {a, b}, loop(a, b, a.shape(), op.f), 0);
}

TEST_CASE("binary: gradients are those of central differences for both operands") {
  for (const Case& c : cases()) {
    if (c.to.elements() > 5000) continue;
    for (const Named& op : kArithmetic)
      check_gradients(cat(op.name, ' ', c.a, ' ', c.b), binary(op.algorithm),
                      {grid(c.a, 0.5f, 1), grid(c.b, 0.525f, 2)});
  }
}

TEST_CASE("binary: at a tie of min and max the first operand gets the gradient, as in TensorFlow") {
  for (const Binary algorithm : {Binary::min, Binary::max}) {
    Builder b(true);
    const Value x = b.input({3}, "x"), y = b.input({3}, "y");
    const Value loss = b.reduce(Reduction::sum, b.binary(algorithm, x, y), {0});
    const Executable exe(b.finish(gradients(b, loss, Values{x, y})));
    Context context = exe.context();
    context.input(0).copy_from(std::vector<float>{1, 1, 1});
    context.input(1).copy_from(std::vector<float>{1, 1, 1});
    context.run();
    CHECK(bit_equal(context.output(0).tensor(), Tensor::full({3}, 1)));
    CHECK(bit_equal(context.output(1).tensor(), Tensor({3})));
  }
}

TEST_CASE("binary: the power of 0 and of a negative number has no gradient for the exponent") {
  Builder b(true);
  const Value x = b.input({2}, "x"), y = b.input({2}, "y");
  const Value loss = b.reduce(Reduction::sum, b.binary(Binary::pow, x, y), {0});
  const Executable exe(b.finish(gradients(b, loss, Values{y})));
  Context context = exe.context();
  context.input(0).copy_from(std::vector<float>{0, -2});
  context.input(1).copy_from(std::vector<float>{2, 2});
  context.run();
  CHECK(bit_equal(context.output(0).tensor(), Tensor({2})));
}

TEST_CASE("binary: operands in different layouts are brought to one layout") {
  Builder b;
  const Value x = b.input({2, 4, 5, 3}, "x"), y = b.input({2, 3, 4, 5}, "y");
  const Executable exe(b.finish({b.sub(b.transpose(x, {0, 3, 1, 2}), y)}));
  CHECK(exe.ref_steps() == 0);
  Context context = exe.context();
  const Tensor nhwc = noise({2, 4, 5, 3}, 1), nchw = noise({2, 3, 4, 5}, 2);
  context.input(0).copy_from(nhwc);
  context.input(1).copy_from(nchw);
  context.run();
  const Tensor result = context.output(0).tensor();
  for (size_t n = 0; n < 2; ++n)
    for (size_t c = 0; c < 3; ++c)
      for (size_t p = 0; p < 20; ++p)
        CHECK(result.data<float>()[(n * 3 + c) * 20 + p] ==
              nhwc.data<float>()[(n * 20 + p) * 3 + c] - nchw.data<float>()[(n * 3 + c) * 20 + p]);
}

TEST_CASE("binary: an operand combined with itself is computed correctly in place") {
  const Tensor x = noise({2, 20, 64, 64});
  Tensor expected(x.shape());
  for (size_t i = 0; i < x.data<float>().size(); ++i) {
    const float twice = x.data<float>()[i] * 2;
    expected.data<float>()[i] = twice * twice;
  }
  check_values(
      "(2x)(2x)",
      [](Builder& b, const Values& v) {
        const Value twice = b.add(v[0], v[0]);
        return b.mul(twice, twice);
      },
      {x}, expected);
}

TEST_CASE("binary: dims that do not fit are named") {
  Builder b;
  const Value x = b.input({2, 3}, "x"), y = b.input({3, 2}, "y"), z = b.input({2, 3, 1}, "z");
  CHECK_THROWS_WITH_AS(b.add(x, y),
                       "add: operands must have equal ranks and dims that are equal or 1; received (2,3) and (3,2).",
                       ShapeError);
  CHECK_THROWS_WITH_AS(b.mul(x, z),
                       "mul: operands must have equal ranks and dims that are equal or 1; received (2,3) and (2,3,1).",
                       ShapeError);
  CHECK_THROWS_WITH_AS(
      b.where(x, y, x),
      "where: operands must have equal ranks and dims that are equal or 1; received (2,3) and (3,2) and (2,3).",
      ShapeError);
}

TEST_CASE("where: chooses by the condition, which may be broadcast like the values") {
  const Tensor condition({1, 3, 1, 1}, std::vector<float>{0, 1, -2}), a = noise({2, 3, 4, 5}, 1),
                                                                      b({1}, std::vector<float>{9});
  Tensor expected({2, 3, 4, 5});
  for (size_t i = 0; i < 120; ++i) expected.data<float>()[i] = i / 20 % 3 == 0 ? 9 : a.data<float>()[i];
  const Emit where = [](Builder& builder, const Values& v) { return builder.where(v[0], v[1], v[2]); };
  check_values("where", where, {condition, a, b}, expected, 0);
  check_gradients("where", where, {condition, a, b}, {0});
}
