#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("drop_dead_bias: a bias before a normalisation by the batch moves the mean alone") {
  Builder b(true);
  const Variable bias("bias", Tensor(Shape{4})), moving("mean", Tensor(Shape{4})), w("w", Tensor(Shape{4, 8, 1, 1}));
  const Value x = b.input({1, 8, 6, 6}, "x"), kernel = b.variable(w), beta = weight(b, "beta", {4});
  const Value y = named(b, "conv", b.conv(x, kernel, b.variable(bias), kValid));
  const Builder::BatchNorm norm = b.batch_norm_training(y, {}, beta, 0.5f);
  named(b, "norm", norm.dst);
  b.moving_average(moving, norm.mean, 0.9f);
  const Value loss = named(b, "loss", b.reduce(Reduction::sum, norm.dst, {0, 1, 2, 3}));
  const Values diff = gradients(b, loss, std::vector<Value>{kernel, b.variable(bias)});
  b.update("sgd", w, diff[0], {}, b.scalar(0.1f), {});
  b.update("sgd", bias, diff[1], {}, b.scalar(0.1f), {});
  check_pass("drop_dead_bias", "a bias before a normalisation by the batch, trained", b.finish({loss}));
}

TEST_CASE("drop_dead_bias: a bias that decays or is penalised is updated as before") {
  const auto updates = [](bool decays, bool penalised) {
    Builder b(true);
    const Variable bias("bias", Tensor(Shape{4}));
    const Value x = b.input({5, 8}, "x"), w = weight(b, "w", {8, 4});
    const Value y = b.inner_product(x, w, b.variable(bias));
    Value loss = b.reduce(Reduction::sum, b.batch_norm_training(y, {}, {}, 0.5f).dst, {0, 1});
    if (penalised) loss = b.add(loss, b.reduce(Reduction::sum, b.reshape(b.variable(bias), {1, 4}), {0, 1}));
    const Value diff = gradients(b, loss, std::vector<Value>{b.variable(bias)})[0];
    b.update("sgd", bias, diff, {}, b.input({decays ? 2 : 1}, "rate"), {});
    const std::string text = drop_dead_bias(b.finish({loss})).text();
    CHECK(text.find(":w, -)") != std::string::npos);
    return text.find("update(") != std::string::npos;
  };
  CHECK_FALSE(updates(false, false));
  CHECK(updates(true, false));
  CHECK(updates(false, true));
}
