#include "graft/tools/benchmark/kernels.h"

#include <algorithm>
#include <functional>
#include <iomanip>
#include <iostream>

#include "graft/ops/primitives/normalization/layer_norm.h"
#include "graft/ops/run/executable.h"
#include "graft/tools/benchmark/onednn.h"
#include "graft/tools/benchmark/timing.h"

namespace graft::bench {

namespace {

using ops::Builder;
using ops::Value;

struct Pair {
  std::string name;
  std::function<Value(Builder&)> own;
  std::function<Chain()> theirs;
};

// Images come and go as they lie: what is measured is the kernel, not a change of layout beside it.
Value image(Builder& b, const ops::Dims& dims) {
  return b.transpose(b.input({dims[0], dims[2], dims[3], dims[1]}, "x"), {0, 3, 1, 2});
}
Value as_it_lies(Builder& b, Value image) { return b.transpose(image, {0, 2, 3, 1}); }

Value up_sampling_gradient(Builder& b, const ops::Dims& small, const ops::Dims& large, ops::Interpolation how) {
  b.resample(image(b, small), {2, 2}, how);
  const ops::Instruction forward = b.program().instructions.back();
  const Value diff = image(b, large);
  return as_it_lies(b, forward.primitive->gradient(b, forward, {&diff, 1}, {true})[0]);
}

Value layer_norm(Builder& b, Value x) {
  const ops::Dims channels{b.dims(x)[1]};
  return b.layer_norm(x, b.input(channels, "gamma"), b.input(channels, "beta"), 1, 1e-3f);
}

// Of statistics that are given: alone.
Value layer_norm_gradient(Builder& b, Value diff, Value x) {
  const ops::Dims channels{b.dims(x)[1]};
  ops::Dims single = b.dims(x);
  single[1] = 1;
  const ops::Values inputs{diff, x, b.input(channels, "gamma"), b.input(single, "mean"), b.input(single, "rsqrt")};
  return b.append(std::make_shared<ops::LayerNormBackward>(), inputs, {b.dims(x), channels, channels})[0];
}

Value adam(Builder& b, const Shape& shape) {
  const Variable weights("weights", Tensor(shape)), momentum("momentum", Tensor(shape)),
      velocity("velocity", Tensor(shape));
  b.update("adam", weights, b.input(shape.dims(), "gradient"), {momentum, velocity}, b.scalar(0.001f),
           {0.9f, 0.999f, 1e-7f});
  return b.scalar(0);
}

// Square images, padded as Keras does for "same". The weights stand still.
Convolution same_convolution(int64_t images, int64_t pixels, int64_t from, int64_t to, int64_t kernel, int64_t stride) {
  const int64_t outputs = pixels / stride, padding = (outputs - 1) * stride + kernel - pixels, before = padding / 2;
  const ops::ConvArgs args{{stride, stride}, {0, 0}, {before, before}, {padding - before, padding - before}};
  return {{images, from, pixels, pixels}, {images, to, outputs, outputs}, {to, from, kernel, kernel}, args};
}

Value kernel_of(Builder& b, const Convolution& c) {
  const Variable kernel("kernel", Tensor({c.weights[2], c.weights[3], c.weights[1], c.weights[0]}));
  return b.transpose(b.variable(kernel), {3, 2, 0, 1});
}

std::vector<Pair> directions(const Convolution& c) {
  const std::string text = cat(c.weights[2], 'x', c.weights[3], " of ", c.src[0], 'x', c.src[2], 'x', c.src[3], 'x',
                               c.src[1], " to ", c.dst[2], 'x', c.dst[3], 'x', c.dst[1]);
  return {
      {text, [c](Builder& b) { return as_it_lies(b, b.conv(image(b, c.src), kernel_of(b, c), {}, c.args)); },
       [c] { return convolution(c); }},
      {"gradient of it for the image",
       [c](Builder& b) { return as_it_lies(b, b.conv_backward_data(image(b, c.dst), kernel_of(b, c), c.src, c.args)); },
       [c] { return convolution_backward_data(c); }},
      {"gradient of it for the weights",
       [c](Builder& b) {
         const Value src = image(b, c.src), diff = image(b, c.dst);
         return b.transpose(b.conv_backward_weights(src, diff, c.weights, false, c.args)[0], {2, 3, 1, 0});
       },
       [c] { return convolution_backward_weights(c); }}};
}

std::vector<Pair> convolutions() {
  std::vector<Pair> all;
  for (const Convolution& c : {same_convolution(4, 64, 64, 64, 3, 1), same_convolution(8, 28, 128, 128, 3, 1),
                               same_convolution(8, 14, 256, 256, 3, 1), same_convolution(32, 32, 32, 64, 5, 2),
                               same_convolution(32, 16, 64, 128, 5, 2), same_convolution(32, 4, 256, 512, 5, 2)})
    for (Pair& pair : directions(c)) all.push_back(std::move(pair));
  return all;
}

const std::vector<Pair>& pairs() {
  static const std::vector<Pair> all{
      {"batch normalisation in training, 32x64x56x56",
       [](Builder& b) { return as_it_lies(b, b.batch_norm_training(image(b, {32, 64, 56, 56}), {}, {}, 1e-3f).dst); },
       [] { return batch_norm({32, 64, 56, 56}); }},
      {"batch normalisation in training, 32x512x4x4",
       [](Builder& b) { return as_it_lies(b, b.batch_norm_training(image(b, {32, 512, 4, 4}), {}, {}, 1e-3f).dst); },
       [] { return batch_norm({32, 512, 4, 4}); }},
      {"layer normalisation, 4096x512", [](Builder& b) { return layer_norm(b, b.input({4096, 512}, "x")); },
       [] { return layer_norm_forward({4096, 512}); }},
      {"gradient of it",
       [](Builder& b) { return layer_norm_gradient(b, b.input({4096, 512}, "diff"), b.input({4096, 512}, "x")); },
       [] { return layer_norm_backward({4096, 512}); }},
      {"layer normalisation of pixels, 8x96x56x56",
       [](Builder& b) { return as_it_lies(b, layer_norm(b, image(b, {8, 96, 56, 56}))); },
       [] { return layer_norm_forward({8 * 56 * 56, 96}); }},
      {"gradient of it",
       [](Builder& b) {
         return as_it_lies(b, layer_norm_gradient(b, image(b, {8, 96, 56, 56}), image(b, {8, 96, 56, 56})));
       },
       [] { return layer_norm_backward({8 * 56 * 56, 96}); }},
      {"softmax, 1024x1000", [](Builder& b) { return b.softmax(b.input({1024, 1000}, "x"), 1); },
       [] { return softmax({1024, 1000}); }},
      {"softmax, 128x10", [](Builder& b) { return b.softmax(b.input({128, 10}, "x"), 1); },
       [] { return softmax({128, 10}); }},
      {"sums of columns, 4096x1024",
       [](Builder& b) { return b.reduce(ops::Reduction::sum, b.input({4096, 1024}, "x"), {0}); },
       [] { return sums({4096, 1024}, {1, 1024}); }},
      {"sums of rows, 4096x1024",
       [](Builder& b) { return b.reduce(ops::Reduction::sum, b.input({4096, 1024}, "x"), {1}); },
       [] { return sums({4096, 1024}, {4096, 1}); }},
      {"nearest up-sampling, 8x64x32x32 to 64x64",
       [](Builder& b) {
         return as_it_lies(b, b.resample(image(b, {8, 64, 32, 32}), {2, 2}, ops::Interpolation::nearest));
       },
       [] { return upsampling({8, 64, 32, 32}, {8, 64, 64, 64}, dnnl::algorithm::resampling_nearest); }},
      {"bilinear up-sampling, 8x64x32x32 to 64x64",
       [](Builder& b) {
         return as_it_lies(b, b.resample(image(b, {8, 64, 32, 32}), {2, 2}, ops::Interpolation::linear));
       },
       [] { return upsampling({8, 64, 32, 32}, {8, 64, 64, 64}, dnnl::algorithm::resampling_linear); }},
      {"gradient of the nearest one",
       [](Builder& b) {
         return up_sampling_gradient(b, {8, 64, 32, 32}, {8, 64, 64, 64}, ops::Interpolation::nearest);
       },
       [] { return up_sampling_backward({8, 64, 32, 32}, {8, 64, 64, 64}, dnnl::algorithm::resampling_nearest); }},
      {"gradient of the bilinear one",
       [](Builder& b) { return up_sampling_gradient(b, {8, 64, 32, 32}, {8, 64, 64, 64}, ops::Interpolation::linear); },
       [] { return up_sampling_backward({8, 64, 32, 32}, {8, 64, 64, 64}, dnnl::algorithm::resampling_linear); }},
      {"a bias for each channel, 32x64x32x32",
       [](Builder& b) { return as_it_lies(b, b.bias(image(b, {32, 64, 32, 32}), b.input({64}, "bias"))); },
       [] { return added_bias({32, 64, 32, 32}); }},
      {"two images side by side, 8x64x28x28 each",
       [](Builder& b) { return as_it_lies(b, b.concat({image(b, {8, 64, 28, 28}), image(b, {8, 64, 28, 28})}, 1)); },
       [] { return joined({8, 64, 28, 28}); }},
      {"a margin of one around 8x64x28x28",
       [](Builder& b) { return as_it_lies(b, b.pad(image(b, {8, 64, 28, 28}), {0, 0, 1, 1}, {0, 0, 1, 1})); },
       [] { return moved_inside({8, 64, 28, 28}, {8, 64, 30, 30}, true); }},
      {"a margin of one off 8x64x30x30",
       [](Builder& b) { return as_it_lies(b, b.slice(image(b, {8, 64, 30, 30}), {0, 0, 1, 1}, {8, 64, 28, 28})); },
       [] { return moved_inside({8, 64, 28, 28}, {8, 64, 30, 30}, false); }},
      {"gradient descent, a million weights",
       [](Builder& b) {
         const Variable weights("weights", Tensor({1000, 1000}));
         b.update("sgd", weights, b.input({1000, 1000}, "gradient"), {}, b.scalar(0.01f), {});
         return b.scalar(0);
       },
       [] { return step_down({1000, 1000}); }},
      {"Adam, a million weights", [](Builder& b) { return adam(b, {1000, 1000}); },
       [] { return adam_chain({1000, 1000}); }},
  };
  return all;
}

double microseconds(const std::function<void()>& run) {
  constexpr int kCalls = 3;
  return 1e3 / kCalls * milliseconds([&] {
           for (int i = 0; i < kCalls; ++i) run();
         });
}

std::string implementations(const Executable& executable) {
  std::string out;
  for (const StepReport& step : executable.steps())
    if (!step.prepared) out += cat(out.empty() ? "" : " + ", step.implementation);
  return out;
}

}  // namespace

void time_kernels(int runs) {
  std::cout << "        us  oneDNN's us   ratio  kernel                                              implementations\n";
  std::vector<Pair> all = pairs();
  for (Pair& pair : convolutions()) all.push_back(std::move(pair));
  for (const Pair& pair : all) {
    Builder b;
    const Executable executable(b.finish({pair.own(b)}));
    Context context = executable.context();
    for (size_t i = 0; i < context.inputs(); ++i) std::ranges::fill(context.input(i).data<float>(), 0.5f);
    Chain theirs = pair.theirs();
    std::vector<double> ours_us, theirs_us;
    for (int run = 0; run < runs; ++run) {
      ours_us.push_back(microseconds([&] { context.run(); }));
      theirs_us.push_back(microseconds([&] { theirs.run(); }));
    }
    const double us = median(ours_us), other = median(theirs_us);
    std::cout << std::fixed << std::setprecision(1) << std::setw(10) << us << std::setw(13) << other
              << std::setprecision(2) << std::setw(8) << other / us << "  " << std::left << std::setw(52) << pair.name
              << implementations(executable) << "; " << theirs.implementations() << std::right << '\n';
  }
}

}  // namespace graft::bench
