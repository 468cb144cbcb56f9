#include "graft/ops/passes/recompute.h"

#include <doctest/doctest.h>

#include "graft/core/error.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("recompute: a dropped value and its views are computed again right before the next reader") {
  Builder b;
  const Value x = b.input({4, 8}, "x");
  const Value y = named(b, "exp", b.eltwise(x, Eltwise::exp)), turned = named(b, "turned", b.transpose(y, {1, 0}));
  const Value early = named(b, "early", b.reduce(Reduction::sum, turned, {0, 1}));
  Value z = named(b, "flat", b.reshape(early, {1}));
  for (int i = 0; i < 3; ++i) z = named(b, cat("tanh_", i), b.eltwise(z, Eltwise::tanh));
  const Value ready = named(b, "ready", b.reshape(z, {1, 1}));
  const Value late = named(b, "late", b.reduce(Reduction::max, turned, {0, 1}));
  const Value sum = named(b, "sum", b.add(late, ready));
  const Program program = b.finish({named(b, "out", b.reshape(sum, {1}))});
  const std::vector<Recomputable> all = recomputable(program);
  REQUIRE(all.size() == 1);
  CHECK(all[0].value == y);
  const Program again = recompute(program, all);
  again.verify();
  check_golden("recompute", "right before its next reader, with its views", program, again);
}
