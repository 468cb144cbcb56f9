#include "graft/ops/compile/rows.h"

#include <doctest/doctest.h>

#include <functional>

#include "graft/core/memory.h"
#include "graft/ops/run/executable.h"
#include "tests/support/check_pass.h"
#include "tests/support/error_text.h"
#include "tests/support/random_tensor.h"

// Programs that treat rows alone, and run in parts.

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

namespace {

int64_t rows_of(const std::function<Value(Builder&, Value)>& emit) {
  Builder b;
  return independent_rows(b.finish({emit(b, b.input({6, 8}, "x"))}));
}

Variable random_weight(const std::string& name, const Shape& shape, uint64_t seed) {
  return Variable(name, random_tensor(shape, seed));
}

Program network(int64_t rows) {
  Builder b;
  const Value x = b.transpose(b.input({rows, 12, 12, 8}, "image"), {0, 3, 1, 2}), other = b.input({rows, 5}, "other");
  Value y = b.conv(b.pad(x, {0, 0, 1, 1}, {0, 0, 1, 1}), b.variable(random_weight("w", {16, 8, 3, 3}, 1)), {}, kValid);
  y = b.eltwise(y, Eltwise::relu);
  y = b.add(y, b.conv(y, b.variable(random_weight("v", {16, 16, 3, 3}, 2)), {}, kSame));
  y = b.pool(y, {Pooling::max, {2, 2}, {2, 2}, {0, 0}, {0, 0}});
  const Value flat = b.concat({b.reshape(y, {rows, 16 * 6 * 6}), b.scale(other, 2)}, 1);
  const Value dense = b.inner_product(flat, b.variable(random_weight("k", {581, 7}, 3)), {});
  return b.finish({b.softmax(dense, 1), b.slice(dense, {0, 2}, {rows, 3})});
}

std::vector<Tensor> results(const Executable& exe) {
  Context context = exe.context();
  for (size_t i = 0; i < context.inputs(); ++i)
    context.input(i).copy_from(random_tensor(context.input(i).shape(), 10 + i));
  for (int run = 0; run < 2; ++run) context.run();
  return {context.output(0).tensor(), context.output(1).tensor()};
}

}  // namespace

TEST_CASE("rows: which instructions keep the rows of a batch apart, and which mix them") {
  CHECK(rows_of([](Builder& b, Value x) { return b.eltwise(x, Eltwise::tanh); }) == 6);
  CHECK(rows_of([](Builder& b, Value x) { return b.softmax(x, 1); }) == 6);
  CHECK(rows_of([](Builder& b, Value x) { return b.softmax(x, 0); }) == 0);
  CHECK(rows_of([](Builder& b, Value x) { return b.reduce(Reduction::sum, x, {1}); }) == 6);
  CHECK(rows_of([](Builder& b, Value x) { return b.reduce(Reduction::sum, x, {0}); }) == 0);
  CHECK(rows_of([](Builder& b, Value x) { return b.reshape(x, {6, 2, 4}); }) == 6);
  CHECK(rows_of([](Builder& b, Value x) { return b.reshape(x, {3, 16}); }) == 0);
  CHECK(rows_of([](Builder& b, Value x) { return b.transpose(x, {1, 0}); }) == 0);
  CHECK(rows_of([](Builder& b, Value x) { return b.concat({x, x}, 1); }) == 6);
  CHECK(rows_of([](Builder& b, Value x) { return b.concat({x, x}, 0); }) == 0);
  CHECK(rows_of([](Builder& b, Value x) { return b.pad(x, {1, 0}, {0, 0}); }) == 0);
  CHECK(rows_of([](Builder& b, Value x) { return b.slice(x, {1, 0}, {5, 8}); }) == 0);
  CHECK(rows_of([](Builder& b, Value x) { return b.add(x, b.constant(Tensor::full(Shape{1, 8}, 1))); }) == 6);
  CHECK(rows_of([](Builder& b, Value x) { return b.add(x, b.constant(Tensor::full(Shape{6, 1}, 1))); }) == 0);
  CHECK(rows_of([](Builder& b, Value) { return b.constant(Tensor::full(Shape{6, 8}, 1)); }) == 0);
  CHECK(rows_of([](Builder& b, Value x) { return b.matmul(x, x, true); }) == 0);
  CHECK(rows_of([](Builder& b, Value x) { return b.add(x, b.random_normal({6, 8}, 0, 1)); }) == 0);
  CHECK(rows_of([](Builder& b, Value x) {
          b.moving_average(Variable("mean", Tensor(Shape{6, 8})), x, 0.9f);
          return x;
        }) == 0);
}

TEST_CASE("rows: the same Program for fewer of them") {
  CHECK(independent_rows(network(6)) == 6);
  CHECK(for_rows(network(6), 2).text() == network(2).text());
}

TEST_CASE("rows: a run in parts gives the results of a run of all rows") {
  const std::vector<Tensor> expected = results(Executable(network(6), {.parts = 1}));
  for (const int64_t parts : {2, 3, 6}) {
    const Executable exe(network(6), {.parts = parts});
    CHECK(exe.parts() == parts);
    CHECK(exe.report().find(cat("in ", parts, " parts, ")) != std::string::npos);
    const std::vector<Tensor> found = results(exe);
    for (size_t i = 0; i < found.size(); ++i) CHECK(relative_difference(found[i], expected[i]) <= 1e-6);
  }
}

TEST_CASE("rows: a part needs less memory, and its steps report the cost of a whole run") {
  const Executable whole(network(6), {.parts = 1}), parts(network(6), {.parts = 3});
  CHECK(parts.peak_bytes() < whole.peak_bytes());
  double gflop = 0, expected = 0;
  for (const StepReport& step : parts.context().time_steps(2, StepTiming::in_pass)) gflop += step.gflop;
  for (const StepReport& step : whole.steps()) expected += step.gflop;
  CHECK(gflop == doctest::Approx(expected));
  CHECK(parts.context().trace(2).size() == 2 * 3 * parts.context().time_steps(1).size());
}

TEST_CASE("rows: impossible parts are refused") {
  CHECK(error_text<ConfigError>([] { Executable(network(6), {.parts = 4}); }) ==
        "parts must divide the 6 rows; received 4.");
  CHECK(error_text<ConfigError>([] { Executable(network(6), {.parts = -1}); }) ==
        "parts must be 1 or more, or 0; received -1.");
  Builder b;
  const Program mixed = b.finish({b.softmax(b.input({6, 8}, "x"), 0)});
  CHECK(error_text<ConfigError>([&] { Executable(mixed, {.parts = 2}); }) ==
        "parts: a row of the outputs depends on other rows of the inputs.");
}

TEST_CASE("rows: a run whose activations do not fit the cache is made of parts that do") {
  REQUIRE(cache_bytes() > 0);
  const auto parts = [](int64_t row) {
    Builder b;
    return Executable(b.finish({b.eltwise(b.input({8, row}, "x"), Eltwise::tanh)})).parts();
  };
  const auto quarter = static_cast<int64_t>(cache_bytes() / sizeof(float) / 4);
  CHECK(parts(16) == 1);
  CHECK(parts(quarter) == 8);  // a row that is read and one that is written: half of the cache
}
