#include "graft/ops/primitives/reduction/cross_entropy.h"

#include <doctest/doctest.h>

#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

// Shares of images, as layers make them: a softmax over rows of channels, seen channels first and then channels last.
static Value shares_of_images(Builder& b, Value rows) {
  return b.transpose(b.reshape(b.softmax(rows, 1), {2, 3, 4}), {0, 2, 1});
}

TEST_CASE("what went into a softmax is found behind views") {
  const Tensor x = noise({6, 4});
  const Emit found = [](Builder& b, const Values& in) { return softmax_source(b, shares_of_images(b, in[0]), 1); };
  const Emit seen = [](Builder& b, const Values& in) { return b.transpose(b.reshape(in[0], {2, 3, 4}), {0, 2, 1}); };
  CHECK(bit_equal(compute(found, {x}), compute(seen, {x})));
}

TEST_CASE("what went into a logistic function is found behind views") {
  const Tensor x = noise({6, 4});
  const Emit found = [](Builder& b, const Values& in) {
    return logistic_source(b, b.reshape(b.eltwise(in[0], Eltwise::logistic), {2, 3, 4}));
  };
  CHECK(bit_equal(compute(found, {x}), x.reshaped({2, 3, 4})));
}

TEST_CASE("other values have no source") {
  Builder b;
  const Value x = b.input({6, 4}, "x");
  CHECK_FALSE(softmax_source(b, x, 1));
  CHECK_FALSE(softmax_source(b, b.softmax(x, 0), 1));
  CHECK_FALSE(softmax_source(b, b.softmax(x, 1, true), 1));
  CHECK_FALSE(softmax_source(b, b.scale(b.softmax(x, 1), 0.5f), 1));
  CHECK_FALSE(softmax_source(b, b.reshape(b.softmax(x, 1), {2, 12}), 1));
  CHECK_FALSE(logistic_source(b, b.softmax(x, 1)));
}
