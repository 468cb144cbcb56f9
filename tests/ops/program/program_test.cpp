#include "graft/ops/program/program.h"
#include "graft/ops/program/gradients.h"

#include <doctest/doctest.h>

#include <string>

#include "graft/core/error.h"
#include "graft/ops/passes/pipeline.h"
#include "graft/ops/program/builder.h"

using namespace graft;
using namespace graft::ops;

static Variable weight(const std::string& name, const Shape& shape) { return Variable(name, Tensor(shape)); }

static size_t count(const Program& program, std::string_view name) {
  size_t n = 0;
  for (const Instruction& i : program.instructions) n += i.primitive->name() == name;
  return n;
}

TEST_CASE("program: the text has one line per instruction with dims, settings and the layer") {
  Builder b;
  const Value x = b.input({2, 8, 8, 3}, "image");
  const Value w = b.variable(weight("kernel", {3, 3, 3, 4}));
  Value y;
  {
    const Builder::Scope scope(b, "conv2d");
    const Value src = b.transpose(x, {0, 3, 1, 2}), weights = b.transpose(w, {3, 2, 0, 1});
    y = b.conv(src, weights, {}, {{2, 2}, {0, 0}, {0, 0}, {1, 1}});
  }
  CHECK(b.finish({y}).text() ==
        "%0 (2,8,8,3) = input image\n"
        "%2 (2,3,8,8) = transpose(%0) axes=0,3,1,2   # conv2d\n"
        "%3 (4,3,3,3) = transpose(@1:kernel) axes=3,2,0,1   # conv2d\n"
        "%4 (2,4,4,4) = conv(%2, %3, -) strides=2x2 padding=0x0,1x1   # conv2d\n"
        "return %4\n");
}

TEST_CASE("program: an operand that does not fit is refused with both dims") {
  Builder b;
  const Value x = b.input({2, 3, 8, 8}, "x");
  const Value w = b.input({4, 5, 3, 3}, "w");
  CHECK_THROWS_WITH_AS(b.conv(x, w, {}, {{1, 1}, {0, 0}, {0, 0}, {0, 0}}),
                       "conv: src (2,3,8,8) does not fit weights (4,5,3,3) (O, I, spatial) with 1 groups.", ShapeError);
  CHECK_THROWS_WITH_AS(b.reshape(x, {5, 5}), "reshape keeps the number of elements; received (2,3,8,8) to (5,5).",
                       ShapeError);
  CHECK_THROWS_WITH_AS(b.inner_product(b.input({2, 3}, "a"), b.input({4, 5}, "b"), {}),
                       "inner_product: src (2,3) (N, I) does not fit weights (4,5) (I, O).", ShapeError);
}

TEST_CASE("passes: transposes that undo each other, nested reshapes and linear of linear disappear") {
  Builder b;
  const Value x = b.input({2, 3, 4}, "x");
  const Value round_trip = b.transpose(b.transpose(x, {0, 2, 1}), {0, 2, 1});
  const Value flat = b.reshape(b.reshape(round_trip, {6, 4}), {24});
  const Value y = b.scale(b.scale(flat, 2, 1), 0.5f, -0.5f);  // (2x + 1) / 2 - 1 / 2 = x
  const Program p = simplify(b.finish({y}));
  CHECK(p.text() == "%0 (2,3,4) = input x\n%1 (24) = reshape(%0) dims=(24)\nreturn %1\n");
}

TEST_CASE("passes: the same instruction on the same operands is executed once") {
  Builder b;
  const Value x = b.input({4, 8}, "x");
  const Value y = b.concat({b.eltwise(x, Eltwise::tanh), b.eltwise(x, Eltwise::tanh)}, 1);
  CHECK(count(merge_common(b.finish({y})), "eltwise") == 1);
}

TEST_CASE("passes: instructions without readers are removed, but never an update") {
  Builder b;
  const Value x = b.input({4}, "x");
  b.eltwise(x, Eltwise::exp);
  const Variable mean = weight("mean", {4});
  b.moving_average(mean, x, 0.9f);
  const Program p = remove_dead_code(b.finish({x}));
  CHECK(count(p, "eltwise") == 0);
  CHECK(count(p, "moving_average") == 1);
}

TEST_CASE("passes: batch normalization is folded into the layer before it, in inference only") {
  const auto build = [](bool training) {
    Builder b(training);
    const Value x = b.input({2, 3, 8, 8}, "x");
    const Value w = b.transpose(b.variable(weight("kernel", {3, 3, 3, 4})), {3, 2, 0, 1});
    const Value conv = b.conv(x, w, b.variable(weight("bias", {4})), {{1, 1}, {0, 0}, {1, 1}, {1, 1}});
    const Variable mean = weight("mean", {4});
    const Value y = b.batch_norm_inference(conv, b.variable(weight("gamma", {4})), b.variable(weight("beta", {4})),
                                           b.variable(mean), b.variable(weight("variance", {4})), 1e-3f);
    if (training) b.moving_average(mean, b.variable(weight("other", {4})), 0.9f);
    return b.finish({b.eltwise(y, Eltwise::relu)});
  };
  const Program inference = optimize(build(false));
  CHECK(count(inference, "batch_norm_inference") == 0);
  CHECK(count(inference, "eltwise") == 2);  // linear and rsqrt on the statistics; relu is inside the convolution
  CHECK(inference.text().find("post=relu") != std::string::npos);
  CHECK(count(optimize(build(true)), "batch_norm_inference") == 1);
}

TEST_CASE("passes: an update moves up to right after the last reader of its variable, never before it") {
  Builder b(true);
  const Variable a = weight("a", {4}), c = weight("c", {4});
  const Value x = b.input({4}, "x");
  const Value used = b.mul(x, b.variable(a));
  const Value late = b.eltwise(used, Eltwise::exp);
  const Value later = b.mul(late, b.variable(c));
  b.assign(a, x);
  b.assign(c, x);
  const Program p = hoist_updates(b.finish({later}));
  std::vector<std::string> order;
  for (const Instruction& i : p.instructions) order.emplace_back(i.primitive->name());
  CHECK(order == std::vector<std::string>{"binary", "assign", "eltwise", "binary", "assign"});
}

TEST_CASE("gradients: only instructions between the loss and the requested values are emitted") {
  Builder b(true);
  const Value x = b.input({4, 3}, "x");
  const Value w1 = b.variable(weight("w1", {3, 5})), w2 = b.variable(weight("w2", {5, 2}));
  const Value hidden = b.inner_product(x, w1, {});
  const Value loss = b.reduce(Reduction::sum, b.inner_product(hidden, w2, {}), {0, 1});
  const size_t before = b.program().instructions.size();
  const Values frozen_first = gradients(b, loss, std::vector<Value>{w2});
  REQUIRE(frozen_first[0]);
  CHECK(b.dims(frozen_first[0]) == Dims{5, 2});
  for (size_t k = before; k < b.program().instructions.size(); ++k)
    CHECK(b.program().instructions[k].primitive->name() != "inner_product_backward_data");
  const Value unrelated = b.variable(weight("unrelated", {2}));
  CHECK_FALSE(bool(gradients(b, loss, std::vector<Value>{unrelated})[0]));
}

TEST_CASE("gradients: a loss of several elements is refused") {
  Builder b(true);
  const Value x = b.input({4, 3}, "x");
  CHECK_THROWS_WITH_AS(gradients(b, x, std::vector<Value>{x}),
                       "a loss has one element; received dims (4,3).\n  Hint: take its mean or sum.", ShapeError);
}
