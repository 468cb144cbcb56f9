#include "graft/tools/benchmark/cases/images.h"

#include "graft/ops/kernels/bias.h"
#include "graft/ops/kernels/copy.h"
#include "graft/ops/kernels/image/resample.h"
#include "graft/ops/kernels/image/window_pool.h"
#include "graft/ops/kernels/windows.h"

namespace graft::bench {

namespace {

using ops::Dims;
using Sources = std::span<const float* const>;
using Destinations = std::span<float* const>;

/// (images, channels, height, width, factor, linear), the small image. Source: src; destination: dst.
KernelCase resample(const Dims& small, int64_t factor, bool linear, bool backward, const std::string& title = {}) {
  const auto how = linear ? ops::Interpolation::linear : ops::Interpolation::nearest;
  const auto axis = [&](int64_t n) {
    ops::ResampleAxis up = ops::ResampleAxis::up_sampling(n, factor, how);
    return backward ? ops::ResampleAxis::transposed(up, n) : up;
  };
  const int64_t grown = backward ? factor : 1;
  const ops::Resampling kernel{axis(small[2]), axis(small[3]), small[0], grown * small[2], grown * small[3], small[1]};
  const auto run = [kernel](int threads, Sources in, Destinations out) { kernel.run(threads, in[0], out[0]); };
  const int64_t from = backward ? ops::elements(small) * factor * factor : ops::elements(small),
                to = backward ? ops::elements(small) : ops::elements(small) * factor * factor;
  return {backward ? "resample_backward" : "resample",
          {small[0], small[1], small[2], small[3], factor, linear},
          {{from}},
          {to},
          run,
          title};
}

/// (images, channels, height, width, kernel, stride, step, padding). From images to the matrix or back.
KernelCase windows(const Dims& image, int64_t kernel, int64_t stride, int64_t step, int64_t padding, bool back) {
  const auto axis = [&](int64_t pixels) {
    const int64_t count = (pixels + 2 * padding - (kernel - 1) * step - 1) / stride + 1;
    return ops::WindowAxis{pixels, count, kernel, stride, step, padding};
  };
  const ops::Windows w{image[0], image[1], axis(image[2]), axis(image[3])};
  const int64_t matrix = w.images * w.per_image() * w.row_floats();
  const auto run = [w, back](int threads, Sources in, Destinations out) {
    (back ? ops::windows_to_images : ops::images_to_windows)(threads, w, in[0], out[0]);
  };
  return {back ? "col2im" : "im2col",
          {image[0], image[1], image[2], image[3], kernel, stride, step, padding},
          {{back ? matrix : ops::elements(image)}},
          {back ? ops::elements(image) : matrix},
          run};
}

/// (images, channels, height, width, kernel, stride, padding, pooling); kernel 0: adaptive, to (stride, stride)
/// windows.
ops::WindowPool pool_of(const Dims& size) {
  const auto axis = [&](int64_t pixels) {
    if (size[4] == 0) return ops::PoolAxis{pixels, size[5]};
    return ops::PoolAxis{pixels, (pixels + 2 * size[6] - size[4]) / size[5] + 1, size[4], size[5], size[6]};
  };
  return {static_cast<ops::Pooling>(size[7]), size[0], size[1], {{{}, axis(size[2]), axis(size[3])}}};
}

/// Source: src; destination: dst. Of pooling and gradient in one: src, diff_dst; diff_src, dst.
KernelCase pool(const Dims& size, bool backward, const std::string& title = {}) {
  const ops::WindowPool w = pool_of(size);
  const int64_t src = size[0] * size[1] * size[2] * size[3],
                dst = size[0] * size[1] * w.axes[1].windows * w.axes[2].windows;
  if (!backward)
    return {"window_pool",
            size,
            {{src, KernelSource::whole, 3}},
            {dst},
            [w](int threads, Sources in, Destinations out) { w.run(threads, in[0], out[0]); },
            title};
  const auto run = [w](int threads, Sources in, Destinations out) {
    w.run(threads, in[0], out[1]);
    w.run_backward(threads, in[0], out[1], in[1], out[0]);
  };
  return {"window_pool_gradient", size, {{src, KernelSource::whole, 3}, {dst}}, {src, dst}, run, title};
}

/// (images, channels, height, width, function). Sources: src, bias; destination: dst.
KernelCase bias(const Dims& image, const ops::EltwiseArgs& f, const std::string& title = {}) {
  const int64_t channels = image[1], pixels = ops::elements(image) / channels;
  const ops::LoopNest nest = ops::loop_nest({pixels, channels}, {{channels, 1}, {channels, 1}, {0, 1}});
  const auto run = [nest, f](int threads, Sources in, Destinations out) {
    ops::add_bias(threads, nest, f, in[0], in[1], out[0]);
  };
  return {"bias",
          {image[0], channels, image[2], image[3], static_cast<int64_t>(f.algorithm)},
          {{ops::elements(image)}, {channels}},
          {ops::elements(image)},
          run,
          title};
}

/// (images, channels, height, width) of each part. Sources: two images; destination: their channels side by side.
KernelCase concat(const Dims& image, const std::string& title = {}) {
  const int64_t channels = image[1], pixels = ops::elements(image) / channels;
  const Dims box{pixels, channels};
  const std::vector<ops::BoxCopy> copies{
      {box, {{2 * channels, 1}}, {{channels, 1}}},
      {box, {{2 * channels, 1}, channels}, {{channels, 1}}},
  };
  const auto run = [copies](int threads, Sources in, Destinations out) {
    for (size_t k = 0; k < copies.size(); ++k) copies[k](threads, out[0], in[k]);
  };
  return {"concat", image, {{ops::elements(image)}, {ops::elements(image)}}, {2 * ops::elements(image)}, run, title};
}

/// (images, channels, height, width) inside a margin of one pixel. Source: src; destination: dst.
KernelCase margin(const Dims& inner, bool off, const std::string& title = {}) {
  const int64_t channels = inner[1], height = inner[2] + 2, width = inner[3] + 2,
                outer = inner[0] * channels * height * width;
  const ops::BoxSide inside{{height * width * channels, width * channels, channels, 1}, (width + 1) * channels},
      alone{{inner[2] * inner[3] * channels, inner[3] * channels, channels, 1}};
  const Dims box{inner[0], inner[2], inner[3], channels};
  const ops::BoxCopy copy = off ? ops::BoxCopy(box, alone, inside) : ops::BoxCopy(box, inside, alone);
  const auto run = [copy, off, outer](int threads, Sources in, Destinations out) {
    if (!off) ops::fill(threads, false, out[0], outer, 0);
    copy(threads, out[0], in[0]);
  };
  return {off ? "slice" : "pad",
          inner,
          {{off ? outer : ops::elements(inner)}},
          {off ? ops::elements(inner) : outer},
          run,
          title};
}

}  // namespace

void add_resampling(KernelCases& all) {
  for (const bool backward : {false, true})
    for (const bool linear : {false, true})
      for (const int64_t channels : {1, 7, 8, 9, 17, 65})
        for (const int64_t factor : {2, 3}) all.push_back(resample({2, channels, 5, 4}, factor, linear, backward));
  for (const bool back : {false, true})
    for (const int64_t channels : kOddSizes)
      for (const int64_t kernel : {1, 2, 3})
        for (const int64_t stride : {1, 2}) {
          all.push_back(windows({2, channels, 9, 7}, kernel, stride, 1, kernel / 2, back));
          all.push_back(windows({3, channels, 21, 30}, kernel, stride, 2, 1, back));
        }
  const Dims image{8, 64, 32, 32};
  all.push_back(resample(image, 2, false, false, "nearest up-sampling, 8x64x32x32 to 64x64"));
  all.push_back(resample(image, 2, true, false, "bilinear up-sampling, 8x64x32x32 to 64x64"));
  all.push_back(resample(image, 2, false, true, "gradient of the nearest one"));
  all.push_back(resample(image, 2, true, true, "gradient of the bilinear one"));
}

void add_poolings(KernelCases& all) {
  using ops::Pooling;
  for (const bool backward : {false, true}) {
    for (const Pooling kind : {Pooling::max, Pooling::avg_exclude_padding, Pooling::avg_include_padding})
      for (const int64_t channels : kOddSizes) {
        const auto add = [&](int64_t kernel, int64_t stride, int64_t padding) {
          all.push_back(pool({2, channels, 9, 30, kernel, stride, padding, static_cast<int64_t>(kind)}, backward));
        };
        add(1, 2, 0);
        add(2, 2, 0);
        add(3, 3, 0);  // windows side by side, which leave no pixel out
        add(3, 2, 1);
        if (kind != Pooling::avg_include_padding) add(0, 4, 0);
      }
    const Dims image{8, 64, 56, 56, 2, 2, 0, static_cast<int64_t>(Pooling::max)};
    all.push_back(pool(image, backward, backward ? "it and its gradient" : "the largest of 2x2 pixels, 8x64x56x56"));
  }
}

void add_moves(KernelCases& all) {
  using ops::Eltwise;
  for (const int64_t channels : kOddSizes) {
    for (const ops::EltwiseArgs& f : {ops::EltwiseArgs{Eltwise::linear, 1},
                                      {Eltwise::relu, 0.25f},
                                      {Eltwise::clip, -0.5f, 0.25f},
                                      {Eltwise::logistic},
                                      {Eltwise::tanh},
                                      {Eltwise::elu, 0.5f},
                                      {Eltwise::swish, 1.5f}})
      all.push_back(bias({2, channels, 5, 40}, f));
    all.push_back(concat({2, channels, 5, 3}));
    for (const bool off : {false, true}) {
      all.push_back(margin({2, channels, 5, 3}, off));
      all.push_back(margin({2, channels, 90, 91}, off));
    }
  }
  all.push_back(bias({32, 64, 32, 32}, {Eltwise::linear, 1}, "a bias for each channel, 32x64x32x32"));
  all.push_back(concat({8, 64, 28, 28}, "two images side by side, 8x64x28x28 each"));
  all.push_back(margin({8, 64, 28, 28}, false, "a margin of one around 8x64x28x28"));
  all.push_back(margin({8, 64, 28, 28}, true, "a margin of one off 8x64x30x30"));
}

}  // namespace graft::bench
