#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("fold_batch_norm: behind a convolution") {
  Builder b;
  const Value x = b.input({1, 8, 6, 6}, "x"), w = weight(b, "w", {4, 8, 3, 3}), bias = weight(b, "bias", {4});
  const Value gamma = weight(b, "gamma", {4}), mean = weight(b, "mean", {4}), variance = weight(b, "variance", {4});
  const Value y = named(b, "conv", b.conv(x, w, bias, kSame));
  check_pass("fold_batch_norm", "behind a convolution",
             b.finish({named(b, "norm", b.batch_norm_inference(y, gamma, {}, mean, variance, 0.5f))}));
}

TEST_CASE("fold_batch_norm: before a convolution without padding, grouped ones too") {
  Builder b;
  const Value x = b.input({1, 8, 6, 6}, "x"), w = weight(b, "w", {4, 4, 3, 3});
  const Value beta = weight(b, "beta", {8}), mean = weight(b, "mean", {8}), variance = weight(b, "variance", {8});
  ConvArgs args = kValid;
  args.groups = 2;
  const Value y = named(b, "norm", b.batch_norm_inference(x, {}, beta, mean, variance, 0.5f));
  check_pass("fold_batch_norm", "before a convolution in groups without padding",
             b.finish({named(b, "conv", b.conv(y, w, {}, args))}));
}

TEST_CASE("fold_batch_norm: before a dense layer") {
  Builder b;
  const Value x = b.input({2, 8}, "x"), w = weight(b, "w", {8, 4}), bias = weight(b, "bias", {4});
  const Value beta = weight(b, "beta", {8}), mean = weight(b, "mean", {8}), variance = weight(b, "variance", {8});
  const Value y = named(b, "norm", b.batch_norm_inference(x, {}, beta, mean, variance, 0.5f));
  check_pass("fold_batch_norm", "before a dense layer", b.finish({named(b, "dense", b.inner_product(y, w, bias))}));
}
