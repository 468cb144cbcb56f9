#include <doctest/doctest.h>

#include "graft/core/env.h"
#include "graft/ops/passes/pass.h"
#include "graft/ops/run/executable.h"
#include "tests/support/check_pass.h"
#include "tests/support/program_check.h"

using namespace graft;
using namespace graft::ops;
using namespace graft::test;

TEST_CASE("split_pixels: a transposed convolution with few channels computes the pixels of a block as channels") {
  Builder b;
  const Value x = b.input({1, 8, 3, 3}, "x"), w = weight(b, "w", {8, 3, 2, 2}), bias = weight(b, "bias", {3});
  const ConvArgs args{{2, 2}, {0, 0}, {0, 0}, {0, 0}};
  const Value y = named(b, "deconv", b.conv_backward_data(x, w, {1, 3, 6, 6}, args));
  const Value z = named(b, "bias", b.bias(y, bias));
  check_pass("split_pixels", "with its bias and the function behind it",
             b.finish({named(b, "tanh", b.eltwise(z, Eltwise::tanh))}));
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
