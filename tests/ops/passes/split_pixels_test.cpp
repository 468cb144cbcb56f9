#include <doctest/doctest.h>

#include "graft/core/env.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/run/executable.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;

static Value weight(Builder& b, const std::string& name, const Shape& shape) {
  return b.variable(Variable(name, Tensor(shape)));
}

static void check_texts(const Program& program, const std::string& before, const std::string& after) {
  CHECK(program.text() == before);
  CHECK(split_pixels(program).text() == after);
}

TEST_CASE("split_pixels: a transposed convolution with few channels computes the pixels of a block as channels") {
  Builder b;
  const Value x = b.input({1, 8, 3, 3}, "x"), w = weight(b, "w", {8, 3, 2, 2}), bias = weight(b, "bias", {3});
  const Value y = b.bias(b.conv_backward_data(x, w, {1, 3, 6, 6}, {{2, 2}, {0, 0}, {0, 0}, {0, 0}}), bias);
  const Program program = b.finish({b.eltwise(y, Eltwise::tanh)});
  check_texts(program,
              "%0 (1,8,3,3) = input x\n"
              "%3 (1,3,6,6) = conv_backward_data(%0, @1:w) strides=2x2 padding=0x0,0x0\n"
              "%4 (1,3,6,6) = bias(%3, @2:bias)\n"
              "%5 (1,3,6,6) = eltwise(%4) tanh\n"
              "return %5\n",
              "%0 (1,8,3,3) = input x\n"
              "%2 (8,3,1,2,1,2) = reshape(@1:w) dims=(8,3,1,2,1,2)\n"
              "%3 (2,2,3,8,1,1) = transpose(%2) axes=3,5,1,0,2,4\n"
              "%4 (12,8,1,1) = reshape(%3) dims=(12,8,1,1)\n"
              "%6 (12) = concat(@5:bias, @5:bias, @5:bias, @5:bias) axis=0\n"
              "%7 (1,12,3,3) = conv(%0, %4, %6) strides=1x1 padding=0x0,0x0 post=tanh\n"
              "%8 (1,3,3,12) = transpose(%7) axes=0,2,3,1\n"
              "%9 (1,3,3,2,2,3) = reshape(%8) dims=(1,3,3,2,2,3)\n"
              "%10 (1,3,2,3,2,3) = transpose(%9) axes=0,1,3,2,4,5\n"
              "%11 (1,6,6,3) = reshape(%10) dims=(1,6,6,3)\n"
              "%12 (1,3,6,6) = transpose(%11) axes=0,3,1,2\n"
              "return %12\n");
}

TEST_CASE("split_pixels: every kernel, stride and padding gives the transposed convolution's numbers") {
  for (const int64_t kernel : {2, 3, 4, 5, 7})
    for (const int64_t stride : {2, 3})
      for (int64_t before = 0; before < kernel; ++before)
        for (int64_t after = 0; after < kernel; ++after) {
          const int64_t from = 4, to = stride * (from - 1) + kernel - before - after;
          if (to < 1 || to % stride != 0) continue;
          const auto run = [&](const char* disabled) {
            const env::Scoped flag("GRAFT_DISABLE_PASSES", cat("multiply_windows", disabled));
            Builder b;
            const Value x = b.input({2, 8, from, from}, "x");
            const Value w = b.constant(test::noise({8, 3, kernel, kernel}));
            const ConvArgs args{{stride, stride}, {0, 0}, {before, before}, {after, after}};
            const Executable executable(b.finish({b.conv_backward_data(x, w, {2, 3, to, to}, args)}));
            const bool split = executable.program().text().find("conv_backward_data") == std::string::npos;
            CHECK(split == (*disabled == 0));
            Context context = executable.context();
            context.input(0).copy_from(test::noise({2, 8, from, from}, 3));
            context.run();
            return context.output(0).tensor();
          };
          CAPTURE(kernel);
          CAPTURE(stride);
          CAPTURE(before);
          CAPTURE(after);
          CHECK(relative_difference(run(""), run(",split_pixels")) <= 1e-6);
        }
}
