#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("simplify: views meet across an elementwise function and cancel; arithmetic with numbers is one function") {
  Builder b;
  const Value x = b.input({2, 3, 4}, "x");
  const Value turned = named(b, "tanh", b.eltwise(named(b, "turned", b.transpose(x, {0, 2, 1})), Eltwise::tanh));
  const Value flat = named(b, "flat", b.reshape(turned, {8, 3}));
  const Value back = named(b, "back", b.transpose(named(b, "unflat", b.reshape(flat, {2, 4, 3})), {0, 2, 1}));
  const Value twice = named(b, "twice", b.mul(back, b.scalar(2)));
  check_pass("simplify", "views meet across a function, arithmetic with numbers is one function",
             b.finish({named(b, "less", b.sub(twice, b.scalar(1)))}));
}
