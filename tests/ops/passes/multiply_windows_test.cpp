#include <doctest/doctest.h>

#include "graft/core/env.h"
#include "graft/core/onednn.h"
#include "graft/ops/compile/executable_state.h"
#include "graft/ops/passes/pass.h"
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

TEST_CASE("multiply_windows: the gradients become products with the windows as rows") {
  Builder b;
  const Value x = b.input({4, 8, 4, 4}, "x"), dy = b.input({4, 16, 2, 2}, "dy"), w = b.constant(Tensor({16, 8, 5, 5}));
  const ConvArgs args{{2, 2}, {0, 0}, {1, 1}, {2, 2}};
  Values out = b.conv_backward_weights(x, dy, {16, 8, 5, 5}, true, args);
  out.push_back(b.conv_backward_data(dy, w, {4, 8, 4, 4}, args));
  const Program program = b.finish(out);
  CHECK(program.text() ==
        "%0 (4,8,4,4) = input x\n"
        "%1 (4,16,2,2) = input dy\n"
        "%3 (16,8,5,5), %4 (16) = conv_backward_weights(%0, %1) strides=2x2 padding=1x1,2x2\n"
        "%5 (4,8,4,4) = conv_backward_data(%1, #2) strides=2x2 padding=1x1,2x2\n"
        "return %3, %4, %5\n");
  CHECK(multiply_all_windows(program).text() ==
        "%0 (4,8,4,4) = input x\n"
        "%1 (4,16,2,2) = input dy\n"
        "%2 (4,2,2,16) = transpose(%1) axes=0,2,3,1\n"
        "%3 (16,16) = reshape(%2) dims=(16,16)\n"
        "%4 (16,200) = im2col(%0) kernel=5x5 strides=2x2 padding=1x1,2x2\n"
        "%5 (200,16) = matmul(%4, %3) a^T\n"
        "%6 (5,5,8,16) = reshape(%5) dims=(5,5,8,16)\n"
        "%7 (16,8,5,5) = transpose(%6) axes=3,2,0,1\n"
        "%8 (1,16) = reduce(%3) sum axes=0\n"
        "%9 (16) = reshape(%8) dims=(16)\n"
        "%10 (4,2,2,16) = transpose(%1) axes=0,2,3,1\n"
        "%11 (16,16) = reshape(%10) dims=(16,16)\n"
        "%13 (5,5,8,16) = transpose(#12) axes=2,3,1,0\n"
        "%14 (200,16) = reshape(%13) dims=(200,16)\n"
        "%15 (16,200) = matmul(%11, %14) b^T\n"
        "%16 (4,8,4,4) = col2im(%15) kernel=5x5 strides=2x2 padding=1x1,2x2\n"
        "return %7, %9, %16\n");
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

TEST_CASE("multiply_windows: no gradient is left to products image by image, and many windows stay as they are") {
  const Case few{16, 64, 128, 4, 5, 2, 1, 2, 0}, many{16, 8, 16, 24, 5, 1, 2, 2, 0};
  const Executable executable(gradients_of(few));
  for (const StepReport& step : executable.steps())
    CHECK_MESSAGE((step.primitive != "conv_backward_weights" || step.implementation.find("gemm") == std::string::npos),
                  executable.report());
  const std::string text = multiply_all_windows(gradients_of(many)).text();
  CHECK(text.find("conv_backward_weights") != std::string::npos);
  CHECK(text.find("conv_backward_data") != std::string::npos);
}
