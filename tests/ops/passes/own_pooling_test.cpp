#include <doctest/doctest.h>

#include "graft/core/onednn.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("own_pooling: the largest and the means, with padding and where windows overlap") {
  if (onednn::has_avx512()) return;  // with AVX-512 oneDNN's pooling stays
  Builder b;
  const Value x = b.input({2, 8, 12}, "x"), y = b.input({2, 8, 6, 4}, "y");
  const Value max = named(b, "max", b.pool(x, {Pooling::max, {3}, {2}, {1}, {0}}));
  const Value mean = named(b, "mean", b.pool(y, {Pooling::avg_exclude_padding, {3, 1}, {2, 2}, {1, 0}, {1, 0}}));
  check_pass("own_pooling", "the largest and the means, with padding and where windows overlap", b.finish({max, mean}));
}

TEST_CASE("own_pooling: the gradient of a maximum reads what was pooled, that of a mean does not") {
  if (onednn::has_avx512()) return;
  Builder b(true);
  const Value x = b.input({2, 8, 12}, "x"), y = b.input({2, 8, 6, 4}, "y");
  const Value max = named(b, "max", b.pool(x, {Pooling::max, {2}, {2}, {0}, {0}}));
  const Value mean = named(b, "mean", b.pool(y, {Pooling::avg_include_padding, {2, 2}, {2, 2}, {0, 0}, {0, 0}}));
  const Value largest = b.reduce(Reduction::sum, b.reshape(max, {96}), {0});
  const Value loss = b.add(largest, b.reduce(Reduction::sum, b.reshape(mean, {96}), {0}));
  check_pass("own_pooling", "the gradient of a maximum reads what was pooled, that of a mean does not",
             b.finish(gradients(b, loss, std::vector<Value>{x, y})));
}
