#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "graft/ops/program/functions.h"
#include "tests/ops/kernels/kernel_check.h"

using namespace graft;
using namespace graft::test;
using ops::Dims;

namespace {

/// Images, channels last.
struct Images {
  int64_t count, height, width, channels;
  size_t at(int64_t image, int64_t y, int64_t x, int64_t c) const {
    return static_cast<size_t>(((image * height + y) * width + x) * channels + c);
  }
  bool has(int64_t y, int64_t x) const { return y >= 0 && y < height && x >= 0 && x < width; }
  template <class F>
  void each(F f) const {
    for (int64_t image = 0; image < count; ++image)
      for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x)
          for (int64_t c = 0; c < channels; ++c) f(image, y, x, c);
  }
};

Images images_of(const Dims& size) { return {size[0], size[2], size[3], size[1]}; }

/// The weight of pixel `from` of n in pixel `to` of n * factor.
double weight(int64_t n, int64_t factor, bool linear, int64_t from, int64_t to) {
  if (!linear) return to / factor == from;
  const double place =
      std::clamp((static_cast<double>(to) + 0.5) / static_cast<double>(factor) - 0.5, 0., static_cast<double>(n - 1));
  return std::max(0., 1 - std::abs(place - static_cast<double>(from)));
}

/// Calls f(small, large, weight) for each pair of elements that meet in an up-sampling.
template <class F>
void each_pair(const Dims& size, F f) {
  const int64_t factor = size[4];
  const bool linear = size[5] != 0;
  const Images small = images_of(size), large{size[0], factor * size[2], factor * size[3], size[1]};
  for (int64_t y = 0; y < large.height; ++y)
    for (int64_t from_y = 0; from_y < small.height; ++from_y)
      for (int64_t x = 0; x < large.width; ++x)
        for (int64_t from_x = 0; from_x < small.width; ++from_x) {
          const double w =
              weight(small.height, factor, linear, from_y, y) * weight(small.width, factor, linear, from_x, x);
          if (w == 0) continue;
          for (int64_t image = 0; image < small.count; ++image)
            for (int64_t c = 0; c < small.channels; ++c)
              f(small.at(image, from_y, from_x, c), large.at(image, y, x, c), w);
        }
}

/// Calls f(pixel of the image, element of the matrix) for each element of the matrix; the pixel is -1 on padding.
template <class F>
void each_window(const Dims& size, F f) {
  const Images image = images_of(size);
  const int64_t kernel = size[4], stride = size[5], step = size[6], padding = size[7];
  const auto windows = [&](int64_t pixels) { return (pixels + 2 * padding - (kernel - 1) * step - 1) / stride + 1; };
  const Images matrix{image.count, windows(image.height), windows(image.width), kernel * kernel * image.channels};
  matrix.each([&](int64_t n, int64_t y, int64_t x, int64_t column) {
    const int64_t c = column % image.channels, tap = column / image.channels;
    const int64_t from_y = y * stride + tap / kernel * step - padding,
                  from_x = x * stride + tap % kernel * step - padding;
    const auto pixel = image.has(from_y, from_x) ? static_cast<int64_t>(image.at(n, from_y, from_x, c)) : int64_t{-1};
    f(pixel, matrix.at(n, y, x, column));
  });
}

double function(ops::Eltwise f, double x) {
  switch (f) {
    case ops::Eltwise::relu:
      return x > 0 ? x : 0.25 * x;
    case ops::Eltwise::clip:
      return std::clamp(x, -0.5, 0.25);
    case ops::Eltwise::logistic:
      return 1 / (1 + std::exp(-x));
    case ops::Eltwise::tanh:
      return std::tanh(x);
    case ops::Eltwise::elu:
      return x > 0 ? x : 0.5 * std::expm1(x);
    case ops::Eltwise::swish:
      return x / (1 + std::exp(-1.5 * x));
    default:
      return x;
  }
}

}  // namespace

TEST_CASE("kernels: up-sampling, nearest and linear, and its gradient") {
  check_kernel("resample", 1e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    std::ranges::fill(out[0], 0);
    each_pair(size, [&](size_t small, size_t large, double w) { out[0][large] += w * in[0][small]; });
  });
  check_kernel("resample_backward", 1e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    std::ranges::fill(out[0], 0);
    each_pair(size, [&](size_t small, size_t large, double w) { out[0][small] += w * in[0][large]; });
  });
}

TEST_CASE("kernels: the windows of images, and their sum back into images") {
  check_kernel("im2col", 0, [](const Dims& size, const Numbers& in, Numbers& out) {
    each_window(size, [&](int64_t pixel, size_t element) {
      out[0][element] = pixel < 0 ? 0 : in[0][static_cast<size_t>(pixel)];
    });
  });
  check_kernel("col2im", 1e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    std::ranges::fill(out[0], 0);
    each_window(size, [&](int64_t pixel, size_t element) {
      if (pixel >= 0) out[0][static_cast<size_t>(pixel)] += in[0][element];
    });
  });
}

TEST_CASE("kernels: a bias for each channel, and the function behind it") {
  check_kernel("bias", 1e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    const auto channels = static_cast<size_t>(size[1]);
    for (size_t i = 0; i < out[0].size(); ++i)
      out[0][i] = function(static_cast<ops::Eltwise>(size[4]), in[0][i] + in[1][i % channels]);
  });
}

TEST_CASE("kernels: boxes of elements are copied to their place, and nothing else changes") {
  check_kernel("concat", 0, [](const Dims& size, const Numbers& in, Numbers& out) {
    const Images part = images_of(size), whole{size[0], size[2], size[3], 2 * size[1]};
    part.each([&](int64_t n, int64_t y, int64_t x, int64_t c) {
      for (size_t k = 0; k < 2; ++k)
        out[0][whole.at(n, y, x, c + static_cast<int64_t>(k) * size[1])] = in[k][part.at(n, y, x, c)];
    });
  });
  check_kernel("pad", 0, [](const Dims& size, const Numbers& in, Numbers& out) {
    const Images inner = images_of(size), outer{size[0], size[2] + 2, size[3] + 2, size[1]};
    std::ranges::fill(out[0], 0);
    inner.each([&](int64_t n, int64_t y, int64_t x, int64_t c) {
      out[0][outer.at(n, y + 1, x + 1, c)] = in[0][inner.at(n, y, x, c)];
    });
  });
  check_kernel("slice", 0, [](const Dims& size, const Numbers& in, Numbers& out) {
    const Images inner = images_of(size), outer{size[0], size[2] + 2, size[3] + 2, size[1]};
    inner.each([&](int64_t n, int64_t y, int64_t x, int64_t c) {
      out[0][inner.at(n, y, x, c)] = in[0][outer.at(n, y + 1, x + 1, c)];
    });
  });
}
