#include <doctest/doctest.h>

#include "graft/core/onednn.h"
#include "graft/ops/passes/pass.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("reduce_windows: windows along one axis, not those that overlap or are cut off") {
  if (onednn::has_avx512()) return;  // with AVX-512 oneDNN's pooling stays
  Builder b;
  const Value x = b.input({2, 8, 12}, "x"), y = b.input({2, 8, 6, 4}, "y");
  const auto pool = [&](const char* name, Value of, Pooling kind, const Dims& kernel, const Dims& strides) {
    const Dims none(kernel.size(), 0);
    return named(b, name, b.pool(of, {kind, kernel, strides, none, none}));
  };
  check_pass(
      "reduce_windows", "windows along one axis, not those that overlap or are cut off",
      b.finish({pool("max", x, Pooling::max, {2}, {2}), pool("mean", y, Pooling::avg_include_padding, {3, 1}, {3, 1}),
                pool("overlapping", x, Pooling::max, {3}, {2}), pool("cut", x, Pooling::max, {5}, {5}),
                pool("square", y, Pooling::max, {2, 2}, {2, 2})}));
}

TEST_CASE("reduce_windows: winners are remembered in training") {
  if (onednn::has_avx512()) return;
  Builder b(true);
  const Value y = b.pool(b.input({2, 8, 12}, "x"), {Pooling::max, {2}, {2}, {0}, {0}});
  check_pass("reduce_windows", "winners are remembered in training", b.finish({named(b, "max", y)}));
}
