#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("remove_dead_code: instructions without readers are removed, an update stays") {
  Builder b;
  const Value x = b.input({4}, "x");
  named(b, "unread", b.eltwise(named(b, "also_unread", b.eltwise(x, Eltwise::exp)), Eltwise::tanh));
  b.moving_average(Variable("mean", Tensor(Shape{4})), x, 0.9f);
  check_pass("remove_dead_code", "what nobody reads goes, an update stays", b.finish({x}));
}
