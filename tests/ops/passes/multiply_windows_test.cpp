#include <doctest/doctest.h>

#include "graft/core/env.h"
#include "graft/core/onednn.h"
#include "graft/ops/compile/executable_state.h"
#include "graft/ops/passes/pass.h"
#include "tests/support/check_pass.h"
#include "tests/support/program_check.h"

// Gradients of convolutions as matrix products of windows.

using namespace graft;
using namespace graft::ops;

namespace {

struct Case {
  int64_t images, in, out, pixels, kernel, stride, before, after, dilation;
  ConvArgs args() const {
    return {{stride, stride}, {dilation, dilation}, {before, before}, {after, after + 1}};  // the two axes differ
  }
};

// Both gradients, and that of a bias.
Program gradients_of(const Case& c) {
  Builder b;
  const Dims src{c.images, c.in, c.pixels, c.pixels}, weights{c.out, c.in, c.kernel, c.kernel};
  const ConvArgs args = c.args();
  const auto windows = [&](size_t i) {
    const int64_t extent = (c.kernel - 1) * (c.dilation + 1) + 1;
    return (c.pixels + args.padding_l[i] + args.padding_r[i] - extent) / c.stride + 1;
  };
  const Value x = b.input(src, "x"), dy = b.input({c.images, c.out, windows(0), windows(1)}, "dy");
  const Value w = b.constant(test::noise(Shape(weights), 3));
  Values out = b.conv_backward_weights(x, dy, weights, true, args);
  out.push_back(b.conv_backward_data(dy, w, src, args));
  return b.finish(out);
}

std::vector<Tensor> run(const Program& program) {
  const Executable executable(program);
  Context context = executable.context();
  for (size_t i = 0; i < context.inputs(); ++i)
    context.input(i).copy_from(test::noise(context.input(i).shape(), 10 + i));
  context.run();
  std::vector<Tensor> out;
  for (size_t i = 0; i < context.outputs(); ++i) out.push_back(context.output(i).tensor());
  return out;
}

}  // namespace

// Labelled gradients of a convolution with few windows.
static Program few_windows(const Dims& src, const Dims& diff, const Dims& weights) {
  Builder b;
  const Value x = b.input(src, "x"), dy = b.input(diff, "dy"), w = test::weight(b, "w", Shape(weights));
  const ConvArgs args{{2, 2}, {0, 0}, {1, 1}, {2, 2}};
  Values out = b.conv_backward_weights(x, dy, weights, true, args);
  test::named(b, "dw", out[0]);
  out.push_back(test::named(b, "dx", b.conv_backward_data(dy, w, src, args)));
  return b.finish(out);
}

TEST_CASE("multiply_all_windows: the gradients become products with the windows as rows") {
  test::check_pass("multiply_all_windows", "both gradients", few_windows({4, 8, 4, 4}, {4, 16, 2, 2}, {16, 8, 5, 5}));
}

TEST_CASE("multiply_windows: the gradients that oneDNN would multiply image by image become one product") {
  if (onednn::has_avx512()) return;  // which those are depends on the CPU
  test::check_pass("multiply_windows", "both gradients", few_windows({16, 64, 4, 4}, {16, 128, 2, 2}, {128, 64, 5, 5}));
}

TEST_CASE("multiply_windows: gradients for the weights of a convolution along sequences") {
  if (onednn::has_avx512()) return;
  Builder b;
  const Value x = b.input({4, 8, 1, 40}, "x"), dy = b.input({4, 16, 1, 40}, "dy");
  const ConvArgs args{{1, 1}, {0, 0}, {0, 2}, {0, 2}};
  test::check_pass("multiply_windows", "of sequences",
                   b.finish({test::named(b, "dw", b.conv_backward_weights(x, dy, {16, 8, 1, 5}, false, args)[0])}));
}

TEST_CASE("multiply_windows: every kernel, stride, dilation and padding gives the convolution's gradients") {
  int cases = 0;
  for (const int64_t kernel : {1, 2, 3, 5})
    for (const int64_t stride : {1, 2, 3})
      for (const int64_t dilation : {0, 1})
        for (const int64_t before : {0, 1, 2})
          for (const int64_t in : {3, 16}) {
            const Case c{6, in, 24, 4, kernel, stride, before, 2, dilation};
            if (before >= kernel || (kernel - 1) * (dilation + 1) + 1 > 6 + before) continue;
            const Program program = gradients_of(c), products = multiply_all_windows(program);
            CAPTURE(program.text());
            if (products.text().find("im2col") == std::string::npos) continue;  // too many windows, or too few
            CHECK(products.text().find("conv_backward") == std::string::npos);
            const env::Scoped flag("GRAFT_DISABLE_PASSES", "multiply_windows");
            const std::vector<Tensor> expected = run(program), found = run(products);
            for (size_t i = 0; i < found.size(); ++i) CHECK(relative_difference(found[i], expected[i]) <= 2e-6);
            ++cases;
          }
  CHECK(cases == 56);
}

TEST_CASE("multiply_windows: oneDNN gets no gradient to multiply image by image, and many windows stay unchanged") {
  const Case few{16, 64, 128, 4, 5, 2, 1, 2, 0}, many{16, 8, 16, 24, 5, 1, 2, 2, 0};
  const Executable executable(gradients_of(few));
  for (const StepReport& step : executable.steps())
    CHECK_MESSAGE((step.primitive != "conv_backward_weights" || step.implementation.find("gemm") == std::string::npos),
                  executable.report());
  const std::string text = multiply_all_windows(gradients_of(many)).text();
  CHECK(text.find("conv_backward_weights") != std::string::npos);
  CHECK(text.find("conv_backward_data") != std::string::npos);
}
