#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "graft/ops/primitives/reduction/cross_entropy.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("fuse_loss: a cross-entropy and the softmax before it have one gradient") {
  Builder b(true);
  const Value x = b.input({4, 3}, "x"), classes = b.input({4, 1}, "classes");
  const Value shares = named(b, "softmax", b.softmax(x, 1));
  const Value rows = named(b, "rows", cross_entropy(b, classes, shares, {.axis = 1, .sparse = true}));
  const Value loss = named(b, "loss", b.reduce(Reduction::mean, rows, {0, 1}));
  const Value diff = gradients(b, loss, std::vector<Value>{x})[0];
  check_pass("fuse_loss", "a cross-entropy of class numbers behind a softmax", b.finish({loss, diff}));
}
