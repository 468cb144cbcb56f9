#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("fuse_sum: a sum is taken by the convolution that makes one of its operands") {
  Builder b;
  const Value x = named(b, "tanh", b.eltwise(b.input({1, 8, 6, 6}, "x"), Eltwise::tanh));
  const Value w = weight(b, "w", {4, 8, 1, 1}), v = weight(b, "v", {8, 4, 3, 3});
  const Value y = named(b, "expand", b.conv(named(b, "squeeze", b.conv(x, w, {}, kValid)), v, {}, kSame));
  const Value sum = named(b, "sum", b.add(x, y));
  check_pass("fuse_sum", "by the convolution that makes one of its operands",
             b.finish({named(b, "relu", b.eltwise(sum, Eltwise::relu))}));
}

TEST_CASE("fuse_sum: not where the other operand is an input, is read later, or feeds the convolution itself") {
  const auto fused = [](auto emit) {
    Builder b;
    const Value x = b.input({1, 8, 6, 6}, "x");
    const Value y = emit(b, x, weight(b, "w", {8, 8, 3, 3}));
    return fuse_sum(b.finish({y})).text().find("post=sum") != std::string::npos;
  };
  const auto conv = [](Builder& b, Value x, Value w) { return b.conv(x, w, {}, kSame); };
  CHECK_FALSE(fused([&](Builder& b, Value x, Value w) { return b.add(conv(b, b.eltwise(x, Eltwise::tanh), w), x); }));
  CHECK_FALSE(fused([&](Builder& b, Value x, Value w) {
    const Value y = b.eltwise(x, Eltwise::tanh);
    return b.add(conv(b, y, w), y);
  }));
  CHECK_FALSE(fused([&](Builder& b, Value x, Value w) {
    const Value y = b.eltwise(x, Eltwise::tanh);
    return b.mul(b.add(conv(b, x, w), y), y);
  }));
  CHECK_FALSE(fused([&](Builder& b, Value x, Value w) {  // a view of it is read later
    const Value y = b.eltwise(x, Eltwise::tanh), view = b.reshape(y, {1, 8, 6, 6});
    return b.mul(b.add(conv(b, x, w), y), view);
  }));
  CHECK(fused([&](Builder& b, Value x, Value w) { return b.add(conv(b, x, w), b.eltwise(x, Eltwise::tanh)); }));
}
