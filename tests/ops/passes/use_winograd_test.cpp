#include <doctest/doctest.h>

#include "graft/core/env.h"
#include "graft/core/onednn.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/run/executable.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("use_winograd: a convolution takes its bias, sum and function; other functions stay separate") {
  if (onednn::block() != 16) return;  // how many floats the weights are depends on the panels
  Builder b;
  const Value x = b.input({8, 64, 16, 16}, "x"), bias = weight(b, "bias", {64});
  const Value w = weight(b, "w", {64, 64, 3, 3}), v = weight(b, "v", {64, 64, 3, 3});
  const Value y = named(b, "relu", b.eltwise(named(b, "conv", b.conv(x, w, bias, kSame)), Eltwise::relu));
  const Value z = named(b, "tanh", b.eltwise(named(b, "conv_2", b.conv(y, v, {}, kSame)), Eltwise::tanh));
  check_pass("use_winograd", "a convolution, its bias and its function; other functions stand apart",
             fuse_eltwise(b.finish({z})));
}

TEST_CASE("use_winograd: a transposed convolution with the bias behind it, and a weights' gradient") {
  if (onednn::block() != 16) return;
  Builder b;
  const Value x = b.input({32, 128, 8, 8}, "x"), w = weight(b, "w", {128, 64, 5, 5}), bias = weight(b, "bias", {64});
  const ConvArgs args{{2, 2}, {0, 0}, {1, 1}, {2, 2}};
  const Value y = named(b, "deconv", b.conv_backward_data(x, w, {32, 64, 16, 16}, args));
  const Value z = named(b, "relu", b.eltwise(named(b, "bias", b.bias(y, bias)), Eltwise::relu, 0.2f));
  check_pass("use_winograd", "a transposed convolution with the bias behind it", fuse_eltwise(b.finish({z})));
  Builder g;
  const Value src = g.input({32, 64, 16, 16}, "src"), diff = g.input({32, 128, 8, 8}, "diff");
  const Values out = g.conv_backward_weights(src, diff, {128, 64, 5, 5}, true, args);
  named(g, "dw", out[0]);
  check_pass("use_winograd", "the gradient of weights and bias", g.finish(out));
}

TEST_CASE("use_winograd: convolutions with little work, few pixels or few channels stay direct") {
  Builder b;
  const Value x = b.input({1, 512, 2, 2}, "x"), w = weight(b, "w", {512, 512, 3, 3});
  const Value few = b.input({8, 3, 32, 32}, "few"), v = weight(b, "v", {32, 3, 3, 3});
  const Value y = b.conv(x, w, {}, kSame), z = b.conv(few, v, {}, kSame);
  CHECK(use_winograd(b.finish({y, z})).text().find("winograd") == std::string::npos);
}

TEST_CASE("use_winograd: bfloat16 keeps oneDNN's convolutions, and the flag leaves the pass out") {
  Builder b;
  const Value x = b.input({8, 64, 16, 16}, "x"), w = weight(b, "w", {64, 64, 3, 3});
  const Program program = b.finish({b.conv(x, w, {}, kSame)});
  const auto uses = [&](const ExecutableOptions& options) {
    return Executable(program, options).program().text().find("winograd") != std::string::npos;
  };
  CHECK(uses({}) == onednn::has_avx2());
  if (onednn::has_bf16()) CHECK_FALSE(uses({.precision = "bf16"}));
  const env::Scoped flag("GRAFT_DISABLE_PASSES", "use_winograd");
  CHECK_FALSE(uses({}));
}
