#include "graft/tools/bench_kernels.h"

#include <algorithm>
#include <functional>
#include <iomanip>
#include <iostream>
#include <unordered_map>

#include "graft/core/onednn.h"
#include "graft/ops/builder.h"
#include "graft/ops/executable.h"
#include "graft/tools/bench_timing.h"

namespace graft::bench {

namespace {

using ops::Builder;
using ops::Value;
using Md = dnnl::memory::desc;

/// A oneDNN primitive with memory of its own for every argument, scratchpad included.
class Primitive {
 public:
  template <class Pd>
  Primitive(const Pd& pd, const dnnl::primitive& primitive, const std::vector<std::pair<int, Md>>& arguments)
      : implementation_(pd.impl_info_str()), primitive_(primitive), stream_(onednn::engine()) {
    for (const auto& [id, md] : arguments) add(id, md);
    if (pd.scratchpad_desc().get_size() > 0) add(DNNL_ARG_SCRATCHPAD, pd.scratchpad_desc());
  }
  void run() {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }
  const std::string& implementation() const { return implementation_; }

 private:
  void add(int id, const Md& md) {
    const dnnl::memory memory(md, onednn::engine());
    std::fill_n(static_cast<float*>(memory.get_data_handle()), md.get_size() / sizeof(float), 0.5f);
    arguments_.emplace(id, memory);
  }
  std::string implementation_;
  dnnl::primitive primitive_;
  dnnl::stream stream_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

struct Pair {
  const char* name;
  std::function<Value(Builder&)> own;
  std::function<Primitive()> theirs;
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

// Of a 5x5 convolution of stride 2 from 4x4 pixels to 2x2, as deep in an encoder.
const ops::Dims kDeep{32, 256, 4, 4}, kDeeper{32, 512, 2, 2}, kKernel{512, 256, 5, 5};
const ops::ConvArgs kDeepArgs{{2, 2}, {0, 0}, {1, 1}, {2, 2}};

Primitive batch_norm(const ops::Dims& dims) {
  const auto flags = dnnl::normalization_flags::none;
  const auto pd = onednn::batch_norm_pd(dnnl::prop_kind::forward_training, onednn::channels_last(dims), 1e-3f, flags);
  const Md statistics = onednn::row_major({dims[1]});
  return Primitive(pd, dnnl::batch_normalization_forward(pd),
                   {{DNNL_ARG_SRC, onednn::channels_last(dims)},
                    {DNNL_ARG_DST, onednn::channels_last(dims)},
                    {DNNL_ARG_MEAN, statistics},
                    {DNNL_ARG_VARIANCE, statistics}});
}

Primitive softmax(const ops::Dims& dims) {
  const Md md = onednn::row_major(dims);
  const auto pd = onednn::make_pd<onednn::softmax_forward>(
      onednn::user_scratchpad(), dnnl::prop_kind::forward_inference, dnnl::algorithm::softmax_accurate, md, md, 1);
  return Primitive(pd, onednn::softmax_forward(pd), {{DNNL_ARG_SRC, md}, {DNNL_ARG_DST, md}});
}

Primitive sums(const ops::Dims& dims, const ops::Dims& to) {
  const Md src = onednn::row_major(dims), dst = onednn::row_major(to);
  const auto pd =
      onednn::make_pd<dnnl::reduction>(onednn::user_scratchpad(), dnnl::algorithm::reduction_sum, src, dst, 0.f, 0.f);
  return Primitive(pd, dnnl::reduction(pd), {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}});
}

Primitive added_bias(const ops::Dims& dims) {
  const Md md = onednn::channels_last(dims), bias = onednn::channels_last({1, dims[1], 1, 1});
  const auto pd = onednn::make_pd<dnnl::binary>(onednn::user_scratchpad(), dnnl::algorithm::binary_add, md, bias, md);
  return Primitive(pd, dnnl::binary(pd), {{DNNL_ARG_SRC_0, md}, {DNNL_ARG_SRC_1, bias}, {DNNL_ARG_DST, md}});
}

Primitive up_sampling_backward(const ops::Dims& small, const ops::Dims& large, dnnl::algorithm algorithm) {
  const Md src = onednn::channels_last(small), dst = onednn::channels_last(large);
  const auto attr = onednn::user_scratchpad();
  const auto hint =
      onednn::make_pd<dnnl::resampling_forward>(attr, dnnl::prop_kind::forward_training, algorithm, src, dst);
  const auto pd = onednn::make_pd_hint<dnnl::resampling_backward>(hint, attr, algorithm, src, dst);
  return Primitive(pd, dnnl::resampling_backward(pd), {{DNNL_ARG_DIFF_DST, dst}, {DNNL_ARG_DIFF_SRC, src}});
}

// Channels of two images side by side.
Primitive joined(const ops::Dims& dims) {
  const Md part = onednn::channels_last(dims), whole = onednn::channels_last({dims[0], 2 * dims[1], dims[2], dims[3]});
#if DNNL_VERSION_MAJOR >= 3
  const dnnl::concat::primitive_desc pd(onednn::engine(), whole, 1, {part, part}, onednn::user_scratchpad());
#else
  const dnnl::concat::primitive_desc pd(whole, 1, {part, part}, onednn::engine(), onednn::user_scratchpad());
#endif
  return Primitive(pd, dnnl::concat(pd),
                   {{DNNL_ARG_MULTIPLE_SRC, part}, {DNNL_ARG_MULTIPLE_SRC + 1, part}, {DNNL_ARG_DST, whole}});
}

// weights - rate * gradient
Primitive step_down(const ops::Dims& dims) {
  const Md md = onednn::row_major(dims);
#if DNNL_VERSION_MAJOR >= 3
  const dnnl::sum::primitive_desc pd(onednn::engine(), {1.f, -0.01f}, {md, md}, onednn::user_scratchpad());
#else
  const dnnl::sum::primitive_desc pd({1.f, -0.01f}, {md, md}, onednn::engine(), onednn::user_scratchpad());
#endif
  return Primitive(pd, dnnl::sum(pd),
                   {{DNNL_ARG_MULTIPLE_SRC, md}, {DNNL_ARG_MULTIPLE_SRC + 1, md}, {DNNL_ARG_DST, md}});
}

// From or into the pixels inside a margin of one: oneDNN leaves the margin itself as it is.
Primitive moved_inside(const ops::Dims& inner, const ops::Dims& outer, bool into) {
  const Md small = onednn::channels_last(inner), large = onednn::channels_last(outer);
  const Md inside = large.submemory_desc(inner, {0, 0, 1, 1});
  const Md &from = into ? small : inside, &to = into ? inside : small;
  const dnnl::reorder::primitive_desc pd(onednn::engine(), from, onednn::engine(), to, onednn::user_scratchpad());
  return Primitive(pd, dnnl::reorder(pd), {{DNNL_ARG_FROM, into ? small : large}, {DNNL_ARG_TO, into ? large : small}});
}

dnnl::convolution_forward::primitive_desc deep_convolution() {
  return onednn::make_pd<dnnl::convolution_forward>(
      onednn::user_scratchpad(), dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct,
      onednn::channels_last(kDeep), onednn::any(kKernel), Md(), onednn::channels_last(kDeeper), kDeepArgs.strides,
      kDeepArgs.dilates, kDeepArgs.padding_l, kDeepArgs.padding_r);
}

Primitive deep_backward_weights() {
  const auto pd = onednn::make_pd_hint<dnnl::convolution_backward_weights>(
      deep_convolution(), onednn::user_scratchpad(), dnnl::algorithm::convolution_direct, onednn::channels_last(kDeep),
      onednn::any(kKernel), Md(), onednn::channels_last(kDeeper), kDeepArgs.strides, kDeepArgs.dilates,
      kDeepArgs.padding_l, kDeepArgs.padding_r);
  return Primitive(pd, dnnl::convolution_backward_weights(pd),
                   {{DNNL_ARG_SRC, onednn::channels_last(kDeep)},
                    {DNNL_ARG_DIFF_DST, onednn::channels_last(kDeeper)},
                    {DNNL_ARG_DIFF_WEIGHTS, pd.diff_weights_desc()}});
}

Primitive deep_backward_data() {
  const auto pd = onednn::make_pd_hint<dnnl::convolution_backward_data>(
      deep_convolution(), onednn::user_scratchpad(), dnnl::algorithm::convolution_direct, onednn::channels_last(kDeep),
      onednn::any(kKernel), onednn::channels_last(kDeeper), kDeepArgs.strides, kDeepArgs.dilates, kDeepArgs.padding_l,
      kDeepArgs.padding_r);
  return Primitive(pd, dnnl::convolution_backward_data(pd),
                   {{DNNL_ARG_DIFF_DST, onednn::channels_last(kDeeper)},
                    {DNNL_ARG_WEIGHTS, pd.weights_desc()},
                    {DNNL_ARG_DIFF_SRC, onednn::channels_last(kDeep)}});
}

Primitive upsampling(const ops::Dims& dims, const ops::Dims& to, dnnl::algorithm algorithm) {
  const Md src = onednn::channels_last(dims), dst = onednn::channels_last(to);
  const auto pd = onednn::make_pd<dnnl::resampling_forward>(onednn::user_scratchpad(),
                                                            dnnl::prop_kind::forward_inference, algorithm, src, dst);
  return Primitive(pd, dnnl::resampling_forward(pd), {{DNNL_ARG_SRC, src}, {DNNL_ARG_DST, dst}});
}

const std::vector<Pair>& pairs() {
  static const std::vector<Pair> all{
      {"batch normalisation in training, 32x64x56x56",
       [](Builder& b) {
         return as_it_lies(b, b.batch_norm_training(image(b, {32, 64, 56, 56}), {}, {}, 1e-3f).dst);
       },
       [] {
         return batch_norm({32, 64, 56, 56});
       }},
      {"batch normalisation in training, 32x512x4x4",
       [](Builder& b) {
         return as_it_lies(b, b.batch_norm_training(image(b, {32, 512, 4, 4}), {}, {}, 1e-3f).dst);
       },
       [] {
         return batch_norm({32, 512, 4, 4});
       }},
      {"softmax, 1024x1000",
       [](Builder& b) {
         return b.softmax(b.input({1024, 1000}, "x"), 1);
       },
       [] {
         return softmax({1024, 1000});
       }},
      {"softmax, 128x10",
       [](Builder& b) {
         return b.softmax(b.input({128, 10}, "x"), 1);
       },
       [] {
         return softmax({128, 10});
       }},
      {"sums of columns, 4096x1024",
       [](Builder& b) {
         return b.reduce(ops::Reduction::sum, b.input({4096, 1024}, "x"), {0});
       },
       [] {
         return sums({4096, 1024}, {1, 1024});
       }},
      {"sums of rows, 4096x1024",
       [](Builder& b) {
         return b.reduce(ops::Reduction::sum, b.input({4096, 1024}, "x"), {1});
       },
       [] {
         return sums({4096, 1024}, {4096, 1});
       }},
      {"nearest up-sampling, 8x64x32x32 to 64x64",
       [](Builder& b) {
         return as_it_lies(b, b.resample(image(b, {8, 64, 32, 32}), {2, 2}, ops::Interpolation::nearest));
       },
       [] {
         return upsampling({8, 64, 32, 32}, {8, 64, 64, 64}, dnnl::algorithm::resampling_nearest);
       }},
      {"bilinear up-sampling, 8x64x32x32 to 64x64",
       [](Builder& b) {
         return as_it_lies(b, b.resample(image(b, {8, 64, 32, 32}), {2, 2}, ops::Interpolation::linear));
       },
       [] {
         return upsampling({8, 64, 32, 32}, {8, 64, 64, 64}, dnnl::algorithm::resampling_linear);
       }},
      {"gradient of the nearest one",
       [](Builder& b) {
         return up_sampling_gradient(b, {8, 64, 32, 32}, {8, 64, 64, 64}, ops::Interpolation::nearest);
       },
       [] {
         return up_sampling_backward({8, 64, 32, 32}, {8, 64, 64, 64}, dnnl::algorithm::resampling_nearest);
       }},
      {"gradient of the bilinear one",
       [](Builder& b) {
         return up_sampling_gradient(b, {8, 64, 32, 32}, {8, 64, 64, 64}, ops::Interpolation::linear);
       },
       [] {
         return up_sampling_backward({8, 64, 32, 32}, {8, 64, 64, 64}, dnnl::algorithm::resampling_linear);
       }},
      {"a bias for each channel, 32x64x32x32",
       [](Builder& b) {
         return as_it_lies(b, b.bias(image(b, {32, 64, 32, 32}), b.input({64}, "bias")));
       },
       [] {
         return added_bias({32, 64, 32, 32});
       }},
      {"two images side by side, 8x64x28x28 each",
       [](Builder& b) {
         return as_it_lies(b, b.concat({image(b, {8, 64, 28, 28}), image(b, {8, 64, 28, 28})}, 1));
       },
       [] {
         return joined({8, 64, 28, 28});
       }},
      {"a margin of one around 8x64x28x28",
       [](Builder& b) {
         return as_it_lies(b, b.pad(image(b, {8, 64, 28, 28}), {0, 0, 1, 1}, {0, 0, 1, 1}));
       },
       [] {
         return moved_inside({8, 64, 28, 28}, {8, 64, 30, 30}, true);
       }},
      {"a margin of one off 8x64x30x30",
       [](Builder& b) {
         return as_it_lies(b, b.slice(image(b, {8, 64, 30, 30}), {0, 0, 1, 1}, {8, 64, 28, 28}));
       },
       [] {
         return moved_inside({8, 64, 28, 28}, {8, 64, 30, 30}, false);
       }},
      {"gradient descent, a million weights",
       [](Builder& b) {
         const Variable weights("weights", Tensor({1000, 1000}));
         b.update("sgd", weights, b.input({1000, 1000}, "gradient"), {}, b.scalar(0.01f), {});
         return b.scalar(0);
       },
       [] {
         return step_down({1000, 1000});
       }},
      {"gradient of few windows for weights, 5x5x256x512",
       [](Builder& b) {
         const Value src = image(b, kDeep), diff = image(b, kDeeper);
         return b.transpose(b.conv_backward_weights(src, diff, kKernel, false, kDeepArgs)[0], {2, 3, 1, 0});
       },
       deep_backward_weights},
      {"gradient of few windows for images, 5x5x256x512",
       [](Builder& b) {
         const Variable kernel("kernel", Tensor({5, 5, 256, 512}));
         const Value weights = b.transpose(b.variable(kernel), {3, 2, 0, 1});
         return as_it_lies(b, b.conv_backward_data(image(b, kDeeper), weights, kDeep, kDeepArgs));
       },
       deep_backward_data},
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
  for (const Pair& pair : pairs()) {
    Builder b;
    const Executable executable(b.finish({pair.own(b)}));
    Context context = executable.context();
    for (size_t i = 0; i < context.inputs(); ++i) std::ranges::fill(context.input(i).data<float>(), 0.5f);
    Primitive theirs = pair.theirs();
    std::vector<double> ours_us, theirs_us;
    for (int run = 0; run < runs; ++run) {
      ours_us.push_back(microseconds([&] { context.run(); }));
      theirs_us.push_back(microseconds([&] { theirs.run(); }));
    }
    const double us = median(ours_us), other = median(theirs_us);
    std::cout << std::fixed << std::setprecision(1) << std::setw(10) << us << std::setw(13) << other
              << std::setprecision(2) << std::setw(8) << other / us << "  " << std::left << std::setw(52) << pair.name
              << implementations(executable) << "; " << theirs.implementation() << std::right << '\n';
  }
}

}  // namespace graft::bench
