#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("hoist_updates: an update moves up behind the last reader of its variable") {
  Builder b(true);
  const Variable a("a", Tensor(Shape{4}));
  const Value x = b.input({4}, "x");
  const Value reader = named(b, "reader", b.mul(x, b.variable(a)));
  const Value y = named(b, "tanh", b.eltwise(named(b, "exp", b.eltwise(reader, Eltwise::exp)), Eltwise::tanh));
  b.assign(a, x);
  check_pass("hoist_updates", "to behind the last reader of its variable", b.finish({y}));
}

TEST_CASE("hoist_updates: a reader of a view of the variable stays before the update") {
  Builder b(true);
  const Variable a("a", Tensor(Shape{2, 2}));
  const Value x = b.input({2, 2}, "x");
  const Value turned = named(b, "turned", b.transpose(b.variable(a), {1, 0}));
  const Value stopped = named(b, "stopped", b.stop_gradient(turned));
  const Value reader = named(b, "reader", b.mul(named(b, "exp", b.eltwise(x, Eltwise::exp)), stopped));
  const Value y = named(b, "tanh", b.eltwise(reader, Eltwise::tanh));
  b.assign(a, x);
  check_pass("hoist_updates", "readers of views stay before it", b.finish({y}));
}
