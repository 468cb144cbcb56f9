#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("fuse_eltwise: a function becomes part of the instruction that makes its only operand") {
  Builder b;
  const Value x = b.input({1, 8, 6, 6}, "x");
  const Value conv = named(b, "conv", b.conv(x, weight(b, "w", {8, 8, 3, 3}), {}, kSame));
  const Value y = named(b, "relu", b.eltwise(conv, Eltwise::relu, 0.2f));
  const Value z = named(b, "tanh", b.eltwise(y, Eltwise::tanh));
  check_pass("fuse_eltwise", "into what alone feeds it", b.finish({named(b, "product", b.mul(z, y))}));
}
