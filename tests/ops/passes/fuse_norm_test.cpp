#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("fuse_norm: relu becomes part of the training normalisation before it, and its gradient too") {
  Builder b(true);
  const Value x = b.input({2, 8, 4, 4}, "x"), gamma = weight(b, "gamma", {8}), beta = weight(b, "beta", {8});
  const Value norm = named(b, "norm", b.batch_norm_training(x, gamma, beta, 1e-3f).dst);
  const Value y = named(b, "relu", b.eltwise(norm, Eltwise::relu));
  const Value loss = named(b, "loss", b.reduce(Reduction::sum, y, {0, 1, 2, 3}));
  check_pass("fuse_norm", "relu behind a normalisation, and both gradients",
             b.finish(gradients(b, loss, std::vector<Value>{x, gamma, beta})));
}

TEST_CASE("fuse_norm: not where the normalised values are read again, or the function loses their sign") {
  const auto text = [](Eltwise function, bool again) {
    Builder b(true);
    const Value x = b.input({2, 8, 4, 4}, "x"), gamma = weight(b, "gamma", {8}), beta = weight(b, "beta", {8});
    const Value norm = b.batch_norm_training(x, gamma, beta, 1e-3f).dst, y = b.eltwise(norm, function);
    return fuse_norm(b.finish(again ? Values{y, norm} : Values{y})).text();
  };
  CHECK(text(Eltwise::relu, false).find("eltwise(") == std::string::npos);
  CHECK(text(Eltwise::relu, true).find("eltwise(") != std::string::npos);
  CHECK(text(Eltwise::tanh, false).find("eltwise(") != std::string::npos);
}
