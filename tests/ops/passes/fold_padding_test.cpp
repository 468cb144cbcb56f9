#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/check_pass.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("fold_padding: zeros before a convolution become its padding, in its gradients too") {
  Builder b(true);
  const Value x = b.input({1, 8, 6, 6}, "x"), w = weight(b, "w", {8, 8, 3, 3});
  const Value tanh = named(b, "tanh", b.eltwise(x, Eltwise::tanh));
  const Value padded = named(b, "pad", b.pad(tanh, {0, 0, 1, 0}, {0, 0, 1, 2}));
  const Value y = named(b, "conv", b.conv(padded, w, {}, kValid));
  const Value loss = named(b, "loss", b.reduce(Reduction::sum, y, {0, 1, 2, 3}));
  const Values diff = gradients(b, loss, std::vector<Value>{x, w});
  check_pass("fold_padding", "before a convolution, in its gradients too", b.finish({y, diff[0], diff[1]}));
}

TEST_CASE("fold_padding: padding with another value, of channels, or wider than the kernel stays") {
  const auto text = [](const Dims& before, float value) {
    Builder b;
    const Value padded = b.pad(b.input({1, 8, 6, 6}, "x"), before, {0, 0, 0, 0}, value);
    return fold_padding(b.finish({b.conv(padded, weight(b, "w", {8, b.dims(padded)[1], 3, 3}), {}, kValid)})).text();
  };
  CHECK(text({0, 0, 2, 2}, 0).find("pad(") == std::string::npos);
  CHECK(text({0, 0, 2, 2}, 1).find("pad(") != std::string::npos);
  CHECK(text({0, 1, 0, 0}, 0).find("pad(") != std::string::npos);
  CHECK(text({0, 0, 3, 0}, 0).find("pad(") != std::string::npos);
}

TEST_CASE("fold_padding: zeros before a maximum of non-negative values, and before a mean") {
  Builder b;
  const Value x = named(b, "relu", b.eltwise(b.input({1, 8, 6, 6}, "x"), Eltwise::relu));
  const PoolArgs max{Pooling::max, {3, 3}, {2, 2}, {0, 0}, {0, 0}},
      mean{Pooling::avg_exclude_padding, {2, 2}, {1, 1}, {0, 0}, {0, 0}};
  const Value y = named(b, "max", b.pool(named(b, "pad", b.pad(x, {0, 0, 1, 1}, {0, 0, 1, 1})), max));
  const Value z = named(b, "mean", b.pool(named(b, "pad_end", b.pad(y, {0, 0, 0, 0}, {0, 0, 1, 0})), mean));
  check_pass("fold_padding", "before a maximum of what is not negative, and before a mean", b.finish({z}));
}

TEST_CASE("fold_padding: not where a padded zero could win, or a window could cover only padding") {
  const auto text = [](Eltwise function, Pooling algorithm, int64_t zeros, bool training) {
    Builder b(training);
    const Value x = b.eltwise(b.input({1, 8, 6, 6}, "x"), function);
    const Value padded = b.pad(x, {0, 0, zeros, 0}, {0, 0, 0, 0});
    return fold_padding(b.finish({b.pool(padded, {algorithm, {2, 2}, {1, 1}, {0, 0}, {0, 0}})})).text();
  };
  const auto stays = [](const std::string& after) { return after.find("pad(") != std::string::npos; };
  CHECK_FALSE(stays(text(Eltwise::relu, Pooling::max, 1, false)));
  CHECK(stays(text(Eltwise::tanh, Pooling::max, 1, false)));
  CHECK(stays(text(Eltwise::relu, Pooling::max, 2, false)));
  CHECK(stays(text(Eltwise::relu, Pooling::max, 1, true)));
  CHECK_FALSE(stays(text(Eltwise::tanh, Pooling::avg_include_padding, 1, true)));
}

TEST_CASE("fold_padding: a mean that does not count its own padding is not widened") {
  Builder b;
  const Value padded = b.pad(b.input({1, 8, 6, 6}, "x"), {0, 0, 1, 0}, {0, 0, 0, 0});
  const Program program = b.finish({b.pool(padded, {Pooling::avg_exclude_padding, {2, 2}, {1, 1}, {0, 0}, {1, 1}})});
  CHECK(fold_padding(program).text() == program.text());
}
