#include "graft/ops/program/program_index.h"

#include <doctest/doctest.h>

#include "graft/ops/program/builder.h"

using namespace graft;
using namespace graft::ops;

namespace {

std::vector<size_t> readers(const ProgramIndex& index, Value v) {
  const std::span<const size_t> all = index.readers(v);
  return {all.begin(), all.end()};
}

Value variable(Builder& b, const char* name, const Shape& shape) { return b.variable(Variable(name, Tensor(shape))); }

}  // namespace

TEST_CASE("program index: readers in their order, the sole one, and the producer") {
  Builder b;
  const Value x = b.input({4}, "x"), unread = b.input({4}, "unread");
  const Value y = b.eltwise(x, Eltwise::exp), twice = b.mul(y, y), z = b.add(twice, x);
  const Program program = b.finish({z, y});
  const ProgramIndex index(program);
  CHECK(readers(index, x) == std::vector<size_t>{0, 2});
  CHECK(readers(index, y) == std::vector<size_t>{1, 1});
  CHECK(readers(index, unread).empty());
  CHECK(index.sole_reader(twice) == &program.instructions[2]);
  CHECK(index.sole_reader(x) == nullptr);
  CHECK(index.sole_reader(y) == nullptr);
  CHECK(index.sole_reader(z) == nullptr);
  CHECK(index.is_output(y));
  CHECK_FALSE(index.is_output(twice));
  CHECK(index.producer(z) == &program.instructions[2]);
  CHECK(index.producer(x) == nullptr);
  CHECK(index.producer(Value{}) == nullptr);
}

TEST_CASE("program index: an output that one instruction reads has no sole reader") {
  Builder b;
  const Value y = b.eltwise(b.input({4}, "x"), Eltwise::exp), z = b.eltwise(y, Eltwise::tanh);
  const Program program = b.finish({y, z});
  const ProgramIndex index(program);
  CHECK(readers(index, y) == std::vector<size_t>{1});
  CHECK(index.sole_reader(y) == nullptr);
}

TEST_CASE("program index: views of an updated variable count as updated, values of other variables run ahead") {
  Builder b;
  const Variable moves("moves", Tensor(Shape{2, 3}));
  const Value x = b.input({2, 3}, "x"), w = b.variable(moves), kept = variable(b, "kept", {3, 2});
  const Value turned = b.transpose(w, {1, 0}), stopped = b.stop_gradient(b.reshape(turned, {6}));
  const Value packed = b.add(b.transpose(kept, {1, 0}), b.scalar(1));
  const Value noise = b.dropout(packed, 0.5f), y = b.mul(x, packed);
  b.assign(moves, y);
  const Program program = b.finish({y, stopped, noise});
  const ProgramIndex index(program);
  CHECK(index.updates());
  for (const Value v : {w, turned, stopped}) {
    CHECK(index.root(v) == w);
    CHECK(index.updated(v));
    CHECK_FALSE(index.ahead_of_runs(v));
  }
  for (const Value v : {kept, packed}) {
    CHECK_FALSE(index.updated(v));
    CHECK(index.ahead_of_runs(v));
  }
  CHECK(index.root(packed) == packed);
  for (const Value v : {x, y, noise}) CHECK_FALSE(index.ahead_of_runs(v));
}

TEST_CASE("program index: a Program that changes no variable updates nothing") {
  Builder b;
  const Value y = b.mul(b.input({4}, "x"), variable(b, "w", {4}));
  const Program program = b.finish({y});
  CHECK_FALSE(ProgramIndex(program).updates());
}
