#include <doctest/doctest.h>

#include "graft/ops/passes/pass.h"
#include "graft/ops/program/gradients.h"
#include "tests/support/check_pass.h"

// The Program's text before and after.

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("fold_padding: zeros before a convolution become its padding, in its gradients too") {
  Builder b(true);
  const Value x = b.input({1, 8, 6, 6}, "x"), w = weight(b, "w", {8, 8, 3, 3});
  const Value y = b.conv(b.pad(b.eltwise(x, Eltwise::tanh), {0, 0, 1, 0}, {0, 0, 1, 2}), w, {}, kValid);
  const Value loss = b.reduce(Reduction::sum, y, {0, 1, 2, 3});
  const Values diff = gradients(b, loss, std::vector<Value>{x, w});
  check_pass(fold_padding, b.finish({diff[0], diff[1]}),
             "%0 (1,8,6,6) = input x\n"
             "%2 (1,8,6,6) = eltwise(%0) tanh\n"
             "%3 (1,8,8,8) = pad(%2) before=(0,0,1,0) after=(0,0,1,2) value=0\n"
             "%4 (1,8,6,6) = conv(%3, @1:w, -) strides=1x1 padding=0x0,0x0\n"
             "%5 (1,1,1,1) = reduce(%4) sum axes=1,2,3\n"
             "%7 (1,8,6,6) = broadcast_to(#6)\n"
             "%8 (1,8,8,8) = conv_backward_data(%7, @1:w) strides=1x1 padding=0x0,0x0\n"
             "%9 (8,8,3,3) = conv_backward_weights(%3, %7) strides=1x1 padding=0x0,0x0\n"
             "%10 (1,8,6,6) = slice(%8) begin=(0,0,1,0)\n"
             "%11 (1,8,6,6) = eltwise_backward(%10, %2) tanh from dst\n"
             "return %11, %9\n",
             "%0 (1,8,6,6) = input x\n"
             "%1 (1,8,6,6) = eltwise(%0) tanh\n"
             "%3 (1,8,6,6) = broadcast_to(#2)\n"
             "%4 (8,8,3,3) = conv_backward_weights(%1, %3) strides=1x1 padding=1x0,1x2\n"
             "%6 (1,8,6,6) = conv_backward_data(%3, @5:w) strides=1x1 padding=1x0,1x2\n"
             "%7 (1,8,6,6) = eltwise_backward(%6, %1) tanh from dst\n"
             "return %7, %4\n");
}

TEST_CASE("fold_padding: another value than 0, channels, and more zeros than the kernel is wide stay") {
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

TEST_CASE("fold_padding: zeros before a maximum of what is not negative, and before a mean") {
  Builder b;
  const Value x = b.input({1, 8, 6, 6}, "x");
  const PoolArgs max{Pooling::max, {3, 3}, {2, 2}, {0, 0}, {0, 0}},
      mean{Pooling::avg_exclude_padding, {2, 2}, {1, 1}, {0, 0}, {0, 0}};
  const Value y = b.pool(b.pad(b.eltwise(x, Eltwise::relu), {0, 0, 1, 1}, {0, 0, 1, 1}), max);
  check_pass(fold_padding, b.finish({b.pool(b.pad(y, {0, 0, 0, 0}, {0, 0, 1, 0}), mean)}),
             "%0 (1,8,6,6) = input x\n"
             "%1 (1,8,6,6) = eltwise(%0) relu\n"
             "%2 (1,8,8,8) = pad(%1) before=(0,0,1,1) after=(0,0,1,1) value=0\n"
             "%3 (1,8,3,3) = pool(%2) max kernel=(3,3) strides=(2,2) padding=(0,0),(0,0)\n"
             "%4 (1,8,4,3) = pad(%3) before=(0,0,0,0) after=(0,0,1,0) value=0\n"
             "%5 (1,8,3,2) = pool(%4) avg_exclude_padding kernel=(2,2) strides=(1,1) padding=(0,0),(0,0)\n"
             "return %5\n",
             "%0 (1,8,6,6) = input x\n"
             "%1 (1,8,6,6) = eltwise(%0) relu\n"
             "%2 (1,8,3,3) = pool(%1) max kernel=(3,3) strides=(2,2) padding=(1,1),(1,1)\n"
             "%3 (1,8,3,2) = pool(%2) avg_include_padding kernel=(2,2) strides=(1,1) padding=(0,0),(1,0)\n"
             "return %3\n");
}

TEST_CASE("fold_padding: not where a padded zero could win, or a window could lie in nothing but padding") {
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

TEST_CASE("fold_padding: a mean that leaves padding of its own out of the count is not widened") {
  Builder b;
  const Value padded = b.pad(b.input({1, 8, 6, 6}, "x"), {0, 0, 1, 0}, {0, 0, 0, 0});
  const Program program = b.finish({b.pool(padded, {Pooling::avg_exclude_padding, {2, 2}, {1, 1}, {0, 0}, {1, 1}})});
  CHECK(fold_padding(program).text() == program.text());
}
