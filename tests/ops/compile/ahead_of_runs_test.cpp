#include <doctest/doctest.h>

#include "graft/ops/program/builder.h"
#include "graft/ops/run/executable.h"

using namespace graft;
using namespace graft::ops;

TEST_CASE("constants: values computed only from constants are computed once, not in every run") {
  Builder b;
  const Value numbers = b.constant(Tensor::full(Shape{4}, 3));
  const Value made = b.eltwise(b.mul(numbers, b.eltwise(numbers, Eltwise::exp)), Eltwise::tanh);
  const Executable executable(b.finish({b.mul(b.input({4}, "x"), made)}));
  size_t in_each_run = 0;
  for (const StepReport& step : executable.steps()) in_each_run += !step.prepared;
  CHECK(in_each_run == 1);
}
