#include "graft/tools/benchmark/kernels.h"

#include <algorithm>
#include <functional>
#include <iomanip>
#include <iostream>
#include <map>

#include "graft/ops/compile/compile.h"
#include "graft/ops/run/executable.h"
#include "graft/tools/benchmark/cases/convolutions.h"
#include "graft/tools/benchmark/cases/kernel_cases.h"
#include "graft/tools/benchmark/cases/recurrent.h"
#include "graft/tools/benchmark/onednn_recurrent.h"
#include "graft/tools/benchmark/timing.h"

namespace graft::bench {

namespace {

using ops::Builder;
using ops::Dims;
using ops::Value;

double microseconds(const std::function<void()>& run) {
  constexpr int kCalls = 3;
  return 1e3 / kCalls * milliseconds([&] {
           for (int i = 0; i < kCalls; ++i) run();
         });
}

/// Times both in turns and prints their row.
void time_row(const std::string& name, const std::string& implementation, const std::function<void()>& own,
              Chain theirs, int runs) {
  std::vector<double> ours_us, theirs_us;
  for (int run = 0; run < runs; ++run) {
    ours_us.push_back(microseconds(own));
    theirs_us.push_back(microseconds([&] { theirs.run(); }));
  }
  const double us = median(ours_us), other = median(theirs_us);
  std::cout << std::fixed << std::setprecision(1) << std::setw(10) << us << std::setw(13) << other
            << std::setprecision(2) << std::setw(8) << other / us << "  " << std::left << std::setw(52) << name
            << implementation << "; " << theirs.implementations() << std::right << '\n';
}

// -- kernels, called by pointers --------------------------------------------------------------------------------------

Dims image_of(const Dims& size, int64_t factor = 1) { return {size[0], size[1], factor * size[2], factor * size[3]}; }

dnnl::algorithm interpolation_of(const Dims& size) {
  return size[5] != 0 ? dnnl::algorithm::resampling_linear : dnnl::algorithm::resampling_nearest;
}

Dims with_margin(const Dims& inner) { return {inner[0], inner[1], inner[2] + 2, inner[3] + 2}; }

Dims recurrent_size(const Dims& size) { return {recurrent_shape(size).gates(), size[1], size[2], size[3]}; }

/// The primitives that each kernel replaces, at the size of a case.
const std::map<std::string, std::function<Chain(const Dims& size)>>& primitives() {
  static const std::map<std::string, std::function<Chain(const Dims&)>> all{
      {"batch_norm", [](const Dims& size) { return batch_norm(size); }},
      {"layer_norm", [](const Dims& size) { return layer_norm_forward(size); }},
      {"layer_norm_gradient", [](const Dims& size) { return layer_norm_backward(size); }},
      {"softmax", [](const Dims& size) { return softmax({size[0], size[1]}); }},
      {"product", [](const Dims& size) { return product(size); }},
      {"attention", [](const Dims& size) { return attention(size); }},
      {"attention_gradient", [](const Dims& size) { return attention_backward(size); }},
      {"sum",
       [](const Dims& size) {
         return size[0] == 1 ? sums({size[1], size[2]}, {1, size[2]}) : sums({size[0], size[1]}, {size[0], 1});
       }},
      {"resample",
       [](const Dims& size) { return upsampling(image_of(size), image_of(size, size[4]), interpolation_of(size)); }},
      {"resample_backward",
       [](const Dims& size) {
         return up_sampling_backward(image_of(size), image_of(size, size[4]), interpolation_of(size));
       }},
      {"window_pool", [](const Dims& size) { return largest_of_windows(size, false); }},
      {"window_pool_gradient", [](const Dims& size) { return largest_of_windows(size, true); }},
      {"bias", [](const Dims& size) { return added_bias(image_of(size)); }},
      {"concat", [](const Dims& size) { return joined(size); }},
      {"pad", [](const Dims& size) { return moved_inside(size, with_margin(size), true); }},
      {"slice", [](const Dims& size) { return moved_inside(size, with_margin(size), false); }},
      {"recurrent", [](const Dims& size) { return recurrent(recurrent_size(size)); }},
      {"recurrent_gradient", [](const Dims& size) { return recurrent_backward(recurrent_size(size)); }},
      {"sgd", [](const Dims& size) { return step_down({size[0]}); }},
      {"adam", [](const Dims& size) { return adam_chain({size[0]}); }},
  };
  return all;
}

void time_case(const KernelCase& c, int runs) {
  std::vector<std::vector<float>> arrays;
  for (const KernelSource& source : c.sources) arrays.emplace_back(source.floats, 0.5f);
  for (const int64_t floats : c.destinations) arrays.emplace_back(floats, 0.5f);
  std::vector<const float*> sources;
  std::vector<float*> destinations;
  for (size_t k = 0; k < arrays.size(); ++k)
    if (k < c.sources.size())
      sources.push_back(arrays[k].data());
    else
      destinations.push_back(arrays[k].data());
  time_row(
      c.title, "graft:" + c.kernel, [&, threads = thread_count(0)] { c.run(threads, sources, destinations); },
      primitives().at(c.kernel)(c.size), runs);
}

// -- convolutions: what the library chooses for them ------------------------------------------------------------------

// Images are channels last, in and out, so that only the convolution is timed, without a change of layout.
Value image(Builder& b, const Dims& dims) {
  return b.transpose(b.input({dims[0], dims[2], dims[3], dims[1]}, "x"), {0, 3, 1, 2});
}
Value channels_last(Builder& b, Value image) { return b.transpose(image, {0, 2, 3, 1}); }

// The weights are a variable that does not change, so that they are transformed once, before the runs.
Value kernel_of(Builder& b, const SquareConvolution& c) {
  const Variable kernel("kernel", Tensor({c.kernel, c.kernel, c.src_channels, c.dst_channels}));
  return b.transpose(b.variable(kernel), {3, 2, 0, 1});
}

struct Direction {
  std::string name;
  std::function<Value(Builder&)> own;
  Chain theirs;
};

std::vector<Direction> directions(const SquareConvolution& c) {
  const std::string text = cat(c.kernel, 'x', c.kernel, " of ", c.images, 'x', c.pixels, 'x', c.pixels, 'x',
                               c.src_channels, " to ", c.to(), 'x', c.to(), 'x', c.dst_channels);
  const Convolution primitive{c.src(), c.dst(), c.weights(), c.args()};
  return {{text, [c](Builder& b) { return channels_last(b, b.conv(image(b, c.src()), kernel_of(b, c), {}, c.args())); },
           convolution(primitive)},
          {"gradient of it for the image",
           [c](Builder& b) {
             return channels_last(b, b.conv_backward_data(image(b, c.dst()), kernel_of(b, c), c.src(), c.args()));
           },
           convolution_backward_data(primitive)},
          {"gradient of it for the weights",
           [c](Builder& b) {
             const Value src = image(b, c.src()), diff = image(b, c.dst());
             return b.transpose(b.conv_backward_weights(src, diff, c.weights(), false, c.args())[0], {2, 3, 1, 0});
           },
           convolution_backward_weights(primitive)}};
}

std::string implementations(const Executable& executable) {
  std::string out;
  for (const StepReport& step : executable.steps())
    if (!step.prepared) out += cat(out.empty() ? "" : " + ", step.implementation);
  return out;
}

void time_direction(const Direction& direction, int runs) {
  Builder b;
  const Executable executable(b.finish({direction.own(b)}));
  Context context = executable.context();
  for (size_t i = 0; i < context.inputs(); ++i) std::ranges::fill(context.input(i).data<float>(), 0.5f);
  time_row(direction.name, implementations(executable), [&] { context.run(); }, direction.theirs, runs);
}

}  // namespace

void time_kernels(int runs) {
  std::cout << "        us  oneDNN's us   ratio  kernel                                              implementations\n";
  for (const KernelCase& c : kernel_cases())
    if (!c.title.empty()) time_case(c, runs);
  for (const SquareConvolution& c : square_convolutions(onednn::block()))
    if (c.timed)
      for (const Direction& direction : directions(c)) time_direction(direction, runs);
}

}  // namespace graft::bench
