#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("merge_common: equal instructions on the same operands, and equal numbers, are kept once") {
  Builder b;
  const Value x = b.input({4}, "x");
  const Value three = b.scalar(3), again = b.scalar(3);
  const Value y = named(b, "first", b.div(named(b, "exp", b.eltwise(x, Eltwise::exp)), three));
  const Value z = named(b, "second", b.div(named(b, "exp_again", b.eltwise(x, Eltwise::exp)), again));
  check_pass("merge_common", "the same instruction on the same operands, and the same number",
             b.finish({named(b, "sum", b.add(y, z))}));
}
