#include "graft/ops/passes/pass.h"
#include "graft/ops/program/gradients.h"

#include <doctest/doctest.h>

#include "graft/ops/primitives/reduction/cross_entropy.h"
#include "graft/ops/run/executable.h"
#include "tests/support/check_pass.h"

// Every pass alone: the Program's text before and after.

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("remove_dead_code: what nobody reads goes, an update stays") {
  Builder b;
  const Value x = b.input({4}, "x");
  b.eltwise(b.eltwise(x, Eltwise::exp), Eltwise::tanh);
  b.moving_average(Variable("mean", Tensor(Shape{4})), x, 0.9f);
  check_pass(remove_dead_code, b.finish({x}),
             "%0 (4) = input x\n"
             "%1 (4) = eltwise(%0) exp\n"
             "%2 (4) = eltwise(%1) tanh\n"
             "moving_average(@3:mean, %0) momentum=0.9\n"
             "return %0\n",
             "%0 (4) = input x\n"
             "moving_average(@1:mean, %0) momentum=0.9\n"
             "return %0\n");
}

TEST_CASE("simplify: views meet across an elementwise function and cancel; arithmetic with numbers is one function") {
  Builder b;
  const Value x = b.input({2, 3, 4}, "x");
  const Value turned = b.eltwise(b.transpose(x, {0, 2, 1}), Eltwise::tanh);
  const Value back = b.transpose(b.reshape(b.reshape(turned, {8, 3}), {2, 4, 3}), {0, 2, 1});
  const Value twice = b.mul(back, b.scalar(2));
  check_pass(simplify, b.finish({b.sub(twice, b.scalar(1))}),
             "%0 (2,3,4) = input x\n"
             "%1 (2,4,3) = transpose(%0) axes=0,2,1\n"
             "%2 (2,4,3) = eltwise(%1) tanh\n"
             "%3 (8,3) = reshape(%2) dims=(8,3)\n"
             "%4 (2,4,3) = reshape(%3) dims=(2,4,3)\n"
             "%5 (2,3,4) = transpose(%4) axes=0,2,1\n"
             "%7 (2,3,4) = binary(%5, #6) mul\n"
             "%9 (2,3,4) = binary(%7, #8) sub\n"
             "return %9\n",
             "%0 (2,3,4) = input x\n"
             "%1 (2,3,4) = eltwise(%0) tanh\n"
             "%2 (2,3,4) = eltwise(%1) linear alpha=2 beta=-1\n"
             "return %2\n");
}

TEST_CASE("merge_common: the same instruction on the same operands, and the same number, stand once") {
  Builder b;
  const Value x = b.input({4}, "x");
  const Value three = b.scalar(3), again = b.scalar(3);
  const Value y = b.div(b.eltwise(x, Eltwise::exp), three), z = b.div(b.eltwise(x, Eltwise::exp), again);
  check_pass(merge_common, b.finish({b.add(y, z)}),
             "%0 (4) = input x\n"
             "%3 (4) = eltwise(%0) exp\n"
             "%4 (4) = binary(%3, #1) div\n"
             "%5 (4) = eltwise(%0) exp\n"
             "%6 (4) = binary(%5, #2) div\n"
             "%7 (4) = binary(%4, %6) add\n"
             "return %7\n",
             "%0 (4) = input x\n"
             "%2 (4) = eltwise(%0) exp\n"
             "%3 (4) = binary(%2, #1) div\n"
             "%4 (4) = binary(%3, %3) add\n"
             "return %4\n");
}

TEST_CASE("fold_batch_norm: behind a convolution") {
  Builder b;
  const Value x = b.input({1, 8, 6, 6}, "x"), w = weight(b, "w", {4, 8, 3, 3}), bias = weight(b, "bias", {4});
  const Value gamma = weight(b, "gamma", {4}), mean = weight(b, "mean", {4}), variance = weight(b, "variance", {4});
  check_pass(fold_batch_norm,
             b.finish({b.batch_norm_inference(b.conv(x, w, bias, kSame), gamma, {}, mean, variance, 0.5f)}),
             "%0 (1,8,6,6) = input x\n"
             "%6 (1,4,6,6) = conv(%0, @1:w, @2:bias) strides=1x1 padding=1x1,1x1\n"
             "%7 (1,4,6,6) = batch_norm_inference(%6, @3:gamma, -, @4:mean, @5:variance) epsilon=0.5\n"
             "return %7\n",
             "%0 (1,8,6,6) = input x\n"
             "%2 (4) = eltwise(@1:variance) linear alpha=1 beta=0.5\n"
             "%3 (4) = eltwise(%2) rsqrt\n"
             "%5 (4) = binary(@4:gamma, %3) mul\n"
             "%7 (4) = binary(@6:mean, %5) mul\n"
             "%8 (4) = eltwise(%7) linear alpha=-1\n"
             "%9 (4,1,1,1) = reshape(%5) dims=(4,1,1,1)\n"
             "%11 (4,8,3,3) = binary(@10:w, %9) mul\n"
             "%13 (4) = binary(@12:bias, %5) mul\n"
             "%14 (4) = binary(%13, %8) add\n"
             "%15 (1,4,6,6) = conv(%0, %11, %14) strides=1x1 padding=1x1,1x1\n"
             "return %15\n");
}

TEST_CASE("fold_batch_norm: before a convolution without padding, grouped ones too") {
  Builder b;
  const Value x = b.input({1, 8, 6, 6}, "x"), w = weight(b, "w", {4, 4, 3, 3});
  const Value beta = weight(b, "beta", {8}), mean = weight(b, "mean", {8}), variance = weight(b, "variance", {8});
  ConvArgs args = kValid;
  args.groups = 2;
  check_pass(fold_batch_norm,
             b.finish({b.conv(b.batch_norm_inference(x, {}, beta, mean, variance, 0.5f), w, {}, args)}),
             "%0 (1,8,6,6) = input x\n"
             "%5 (1,8,6,6) = batch_norm_inference(%0, -, @2:beta, @3:mean, @4:variance) epsilon=0.5\n"
             "%6 (1,4,4,4) = conv(%5, @1:w, -) strides=1x1 padding=0x0,0x0 groups=2\n"
             "return %6\n",
             "%0 (1,8,6,6) = input x\n"
             "%2 (8) = eltwise(@1:variance) linear alpha=1 beta=0.5\n"
             "%3 (8) = eltwise(%2) rsqrt\n"
             "%5 (8) = binary(@4:mean, %3) mul\n"
             "%7 (8) = binary(@6:beta, %5) sub\n"
             "%9 (2,2,4,3,3) = reshape(@8:w) dims=(2,2,4,3,3)\n"
             "%10 (2,1,4,1,1) = reshape(%7) dims=(2,1,4,1,1)\n"
             "%11 (2,2,4,3,3) = binary(%9, %10) mul\n"
             "%12 (2,2,1,1,1) = reduce(%11) sum axes=2,3,4\n"
             "%13 (4) = reshape(%12) dims=(4)\n"
             "%14 (2,1,4,1,1) = reshape(%3) dims=(2,1,4,1,1)\n"
             "%15 (2,2,4,3,3) = binary(%9, %14) mul\n"
             "%16 (4,4,3,3) = reshape(%15) dims=(4,4,3,3)\n"
             "%17 (1,4,4,4) = conv(%0, %16, %13) strides=1x1 padding=0x0,0x0 groups=2\n"
             "return %17\n");
}

TEST_CASE("fold_batch_norm: before a dense layer") {
  Builder b;
  const Value x = b.input({2, 8}, "x"), w = weight(b, "w", {8, 4}), bias = weight(b, "bias", {4});
  const Value beta = weight(b, "beta", {8}), mean = weight(b, "mean", {8}), variance = weight(b, "variance", {8});
  check_pass(fold_batch_norm,
             b.finish({b.inner_product(b.batch_norm_inference(x, {}, beta, mean, variance, 0.5f), w, bias)}),
             "%0 (2,8) = input x\n"
             "%6 (2,8) = batch_norm_inference(%0, -, @3:beta, @4:mean, @5:variance) epsilon=0.5\n"
             "%7 (2,4) = inner_product(%6, @1:w, @2:bias)\n"
             "return %7\n",
             "%0 (2,8) = input x\n"
             "%2 (8) = eltwise(@1:variance) linear alpha=1 beta=0.5\n"
             "%3 (8) = eltwise(%2) rsqrt\n"
             "%5 (8) = binary(@4:mean, %3) mul\n"
             "%7 (8) = binary(@6:beta, %5) sub\n"
             "%9 (8,4) = reshape(@8:w) dims=(8,4)\n"
             "%10 (8,1) = reshape(%7) dims=(8,1)\n"
             "%11 (8,4) = binary(%9, %10) mul\n"
             "%12 (1,4) = reduce(%11) sum axes=0\n"
             "%13 (4) = reshape(%12) dims=(4)\n"
             "%14 (8,1) = reshape(%3) dims=(8,1)\n"
             "%15 (8,4) = binary(%9, %14) mul\n"
             "%16 (8,4) = reshape(%15) dims=(8,4)\n"
             "%18 (4) = binary(@17:bias, %13) add\n"
             "%19 (2,4) = inner_product(%0, %16, %18)\n"
             "return %19\n");
}

TEST_CASE("drop_dead_bias: a bias before a normalisation by the batch moves the mean alone") {
  Builder b(true);
  const Variable bias("bias", Tensor(Shape{4})), moving("mean", Tensor(Shape{4})), w("w", Tensor(Shape{4, 8, 1, 1}));
  const Value x = b.input({1, 8, 6, 6}, "x"), kernel = b.variable(w), beta = weight(b, "beta", {4});
  const Value y = b.conv(x, kernel, b.variable(bias), kValid);
  const Builder::BatchNorm norm = b.batch_norm_training(y, {}, beta, 0.5f);
  b.moving_average(moving, norm.mean, 0.9f);
  const Value loss = b.reduce(Reduction::sum, norm.dst, {0, 1, 2, 3});
  const Values diff = gradients(b, loss, std::vector<Value>{kernel, b.variable(bias)});
  b.update("sgd", w, diff[0], {}, b.scalar(0.1f), {});
  b.update("sgd", bias, diff[1], {}, b.scalar(0.1f), {});
  check_pass(drop_dead_bias, b.finish({loss}),
             "%0 (1,8,6,6) = input x\n"
             "%4 (1,4,6,6) = conv(%0, @1:w, @3:bias) strides=1x1 padding=0x0,0x0\n"
             "%5 (1,4,6,6), %6 (4), %7 (4) = batch_norm_training(%4, -, @2:beta) epsilon=0.5\n"
             "moving_average(@8:mean, %6) momentum=0.9\n"
             "%9 (1,1,1,1) = reduce(%5) sum axes=1,2,3\n"
             "%11 (1,4,6,6) = broadcast_to(#10)\n"
             "%12 (1,4,6,6), %13 (4) = batch_norm_backward(%11, %4, -, @2:beta, %6, %7) epsilon=0.5\n"
             "%14 (4,8,1,1), %15 (4) = conv_backward_weights(%0, %12) strides=1x1 padding=0x0,0x0\n"
             "update(@1:w, %14, #16) sgd\n"
             "update(@3:bias, %15, #17) sgd\n"
             "return %9\n",
             "%0 (1,8,6,6) = input x\n"
             "%2 (1,4,6,6) = conv(%0, @1:w, -) strides=1x1 padding=0x0,0x0\n"
             "%4 (1,4,6,6), %5 (4), %6 (4) = batch_norm_training(%2, -, @3:beta) epsilon=0.5\n"
             "%8 (4) = binary(%5, @7:bias) add\n"
             "moving_average(@9:mean, %8) momentum=0.9\n"
             "%10 (1,1,1,1) = reduce(%4) sum axes=1,2,3\n"
             "%12 (1,4,6,6) = broadcast_to(#11)\n"
             "%13 (1,4,6,6), %14 (4) = batch_norm_backward(%12, %2, -, @3:beta, %5, %6) epsilon=0.5\n"
             "%15 (4,8,1,1) = conv_backward_weights(%0, %13) strides=1x1 padding=0x0,0x0\n"
             "update(@1:w, %15, #16) sgd\n"
             "return %10\n");
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

TEST_CASE("fuse_sum: a sum is taken by the convolution that makes one of its operands") {
  Builder b;
  const Value x = b.eltwise(b.input({1, 8, 6, 6}, "x"), Eltwise::tanh);
  const Value w = weight(b, "w", {4, 8, 1, 1}), v = weight(b, "v", {8, 4, 3, 3});
  const Value y = b.conv(b.conv(x, w, {}, kValid), v, {}, kSame);
  check_pass(fuse_sum, b.finish({b.eltwise(b.add(x, y), Eltwise::relu)}),
             "%0 (1,8,6,6) = input x\n"
             "%1 (1,8,6,6) = eltwise(%0) tanh\n"
             "%4 (1,4,6,6) = conv(%1, @2:w, -) strides=1x1 padding=0x0,0x0\n"
             "%5 (1,8,6,6) = conv(%4, @3:v, -) strides=1x1 padding=1x1,1x1\n"
             "%6 (1,8,6,6) = binary(%1, %5) add\n"
             "%7 (1,8,6,6) = eltwise(%6) relu\n"
             "return %7\n",
             "%0 (1,8,6,6) = input x\n"
             "%1 (1,8,6,6) = eltwise(%0) tanh\n"
             "%3 (1,4,6,6) = conv(%1, @2:w, -) strides=1x1 padding=0x0,0x0\n"
             "%5 (1,8,6,6) = conv(%3, @4:v, -, %1) strides=1x1 padding=1x1,1x1 post=sum\n"
             "%6 (1,8,6,6) = eltwise(%5) relu\n"
             "return %6\n");
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

TEST_CASE("fuse_loss: a cross-entropy and the softmax before it have one gradient") {
  Builder b(true);
  const Value x = b.input({4, 3}, "x"), classes = b.input({4, 1}, "classes");
  const Value rows = cross_entropy(b, classes, b.softmax(x, 1), {.axis = 1, .sparse = true});
  const Value loss = b.reduce(Reduction::mean, rows, {0, 1});
  const Value diff = gradients(b, loss, std::vector<Value>{x})[0];
  check_pass(fuse_loss, b.finish({loss, diff}),
             "%0 (4,3) = input x\n"
             "%1 (4,1) = input classes\n"
             "%2 (4,3) = softmax(%0) axis=1\n"
             "%3 (4,1) = cross_entropy(%1, %2) axis=1 sparse\n"
             "%4 (1,1) = reduce(%3) mean axes=0\n"
             "%6 (1,1) = eltwise(#5) linear alpha=0.25\n"
             "%7 (4,1) = broadcast_to(%6)\n"
             "%8 (4,3) = cross_entropy_backward(%1, %2, %7) axis=1 sparse\n"
             "%9 (4,3) = softmax_backward(%8, %2) axis=1\n"
             "return %4, %9\n",
             "%0 (4,3) = input x\n"
             "%1 (4,1) = input classes\n"
             "%2 (4,3) = softmax(%0) axis=1\n"
             "%3 (4,1) = cross_entropy(%1, %2) axis=1 sparse\n"
             "%4 (1,1) = reduce(%3) mean axes=0\n"
             "%6 (1,1) = eltwise(#5) linear alpha=0.25\n"
             "%7 (4,1) = broadcast_to(%6)\n"
             "%8 (4,3) = cross_entropy_backward(%1, %2, %7) axis=1 sparse softmax\n"
             "return %4, %8\n");
}

TEST_CASE("fuse_eltwise: a function becomes part of what alone feeds it") {
  Builder b;
  const Value x = b.input({1, 8, 6, 6}, "x");
  const Value y = b.eltwise(b.conv(x, weight(b, "w", {8, 8, 3, 3}), {}, kSame), Eltwise::relu, 0.2f);
  check_pass(fuse_eltwise, b.finish({b.mul(b.eltwise(y, Eltwise::tanh), y)}),
             "%0 (1,8,6,6) = input x\n"
             "%2 (1,8,6,6) = conv(%0, @1:w, -) strides=1x1 padding=1x1,1x1\n"
             "%3 (1,8,6,6) = eltwise(%2) relu alpha=0.2\n"
             "%4 (1,8,6,6) = eltwise(%3) tanh\n"
             "%5 (1,8,6,6) = binary(%4, %3) mul\n"
             "return %5\n",
             "%0 (1,8,6,6) = input x\n"
             "%2 (1,8,6,6) = conv(%0, @1:w, -) strides=1x1 padding=1x1,1x1 post=relu alpha=0.2\n"
             "%3 (1,8,6,6) = eltwise(%2) tanh\n"
             "%4 (1,8,6,6) = binary(%3, %2) mul\n"
             "return %4\n");
}

TEST_CASE("fuse_norm: relu becomes part of the training normalisation before it, its gradient of that one's") {
  Builder b(true);
  const Value x = b.input({2, 8, 4, 4}, "x"), gamma = weight(b, "gamma", {8}), beta = weight(b, "beta", {8});
  const Value y = b.eltwise(b.batch_norm_training(x, gamma, beta, 1e-3f).dst, Eltwise::relu);
  const Values diff = gradients(b, b.reduce(Reduction::sum, y, {0, 1, 2, 3}), std::vector<Value>{x, gamma, beta});
  check_pass(fuse_norm, b.finish(diff),
             "%0 (2,8,4,4) = input x\n"
             "%3 (2,8,4,4), %4 (8), %5 (8) = batch_norm_training(%0, @1:gamma, @2:beta) epsilon=0.001\n"
             "%6 (2,8,4,4) = eltwise(%3) relu\n"
             "%7 (1,1,1,1) = reduce(%6) sum axes=0,1,2,3\n"
             "%9 (2,8,4,4) = broadcast_to(#8)\n"
             "%10 (2,8,4,4) = eltwise_backward(%9, %6) relu from dst\n"
             "%11 (2,8,4,4), %12 (8), %13 (8) = batch_norm_backward(%10, %0, @1:gamma, @2:beta, %4, %5) "
             "epsilon=0.001\n"
             "return %11, %12, %13\n",
             "%0 (2,8,4,4) = input x\n"
             "%3 (2,8,4,4), %4 (8), %5 (8) = batch_norm_training(%0, @1:gamma, @2:beta) epsilon=0.001 post=relu\n"
             "%7 (2,8,4,4) = broadcast_to(#6)\n"
             "%8 (2,8,4,4), %9 (8), %10 (8) = batch_norm_backward(%7, %0, @1:gamma, @2:beta, %4, %5) "
             "epsilon=0.001 post=relu\n"
             "return %8, %9, %10\n");
}

TEST_CASE("fuse_norm: not where the normalised values are read again, nor a function that loses their sign") {
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

TEST_CASE("hoist_updates: an update moves up behind the last reader of its variable") {
  Builder b(true);
  const Variable a("a", Tensor(Shape{4}));
  const Value x = b.input({4}, "x");
  const Value y = b.eltwise(b.eltwise(b.mul(x, b.variable(a)), Eltwise::exp), Eltwise::tanh);
  b.assign(a, x);
  check_pass(hoist_updates, b.finish({y}),
             "%0 (4) = input x\n"
             "%2 (4) = binary(%0, @1:a) mul\n"
             "%3 (4) = eltwise(%2) exp\n"
             "%4 (4) = eltwise(%3) tanh\n"
             "assign(@1:a, %0)\n"
             "return %4\n",
             "%0 (4) = input x\n"
             "%2 (4) = binary(%0, @1:a) mul\n"
             "assign(@1:a, %0)\n"
             "%3 (4) = eltwise(%2) exp\n"
             "%4 (4) = eltwise(%3) tanh\n"
             "return %4\n");
}

TEST_CASE("constants: what is made of them alone is computed once, not in every run") {
  Builder b;
  const Value numbers = b.constant(Tensor::full(Shape{4}, 3));
  const Value made = b.eltwise(b.mul(numbers, b.eltwise(numbers, Eltwise::exp)), Eltwise::tanh);
  const Executable executable(b.finish({b.mul(b.input({4}, "x"), made)}));
  size_t in_each_run = 0;
  for (const StepReport& step : executable.steps()) in_each_run += !step.prepared;
  CHECK(in_each_run == 1);
}
