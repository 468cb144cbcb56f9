#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "graft/ops/program/functions.h"
#include "tests/ops/kernels/kernel_check.h"

using namespace graft::test;
using graft::ops::Dims;
using graft::ops::Pooling;

namespace {

/// The windows of one axis, as the cases name them.
struct Axis {
  int64_t pixels, kernel, stride, padding;
  int64_t windows() const { return kernel == 0 ? stride : (pixels + 2 * padding - kernel) / stride + 1; }
  bool has(int64_t window, int64_t pixel) const {
    if (kernel == 0) return pixel >= window * pixels / stride && pixel * stride < (window + 1) * pixels;
    return pixel >= window * stride - padding && pixel < window * stride - padding + kernel;
  }
  std::vector<int64_t> pixels_of(int64_t window) const {
    std::vector<int64_t> out;
    for (int64_t pixel = 0; pixel < pixels; ++pixel)
      if (has(window, pixel)) out.push_back(pixel);
    return out;
  }
};

/// Calls f(window, pixels of it) for each window of each channel.
template <class F>
void each_window(const Dims& size, F f) {
  const Axis rows{size[2], size[4], size[5], size[6]}, columns{size[3], size[4], size[5], size[6]};
  size_t window = 0;
  for (int64_t image = 0; image < size[0]; ++image)
    for (int64_t y = 0; y < rows.windows(); ++y)
      for (int64_t x = 0; x < columns.windows(); ++x)
        for (int64_t c = 0; c < size[1]; ++c) {
          std::vector<size_t> pixels;
          for (const int64_t i : rows.pixels_of(y))
            for (const int64_t j : columns.pixels_of(x))
              pixels.push_back(static_cast<size_t>(((image * size[2] + i) * size[3] + j) * size[1] + c));
          f(window++, pixels);
        }
}

double divisor(const Dims& size, size_t pixels) {
  const bool padding_counts = static_cast<Pooling>(size[7]) == Pooling::avg_include_padding;
  return padding_counts ? static_cast<double>(size[4] * size[4]) : static_cast<double>(pixels);
}

size_t first_of_largest(const std::vector<double>& values, const std::vector<size_t>& pixels) {
  return *std::ranges::max_element(pixels, {}, [&](size_t pixel) { return values[pixel]; });
}

}  // namespace

TEST_CASE("kernels: the largest values and the means of windows") {
  check_kernel("window_pool", 1e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    each_window(size, [&](size_t window, const std::vector<size_t>& pixels) {
      double sum = 0;
      for (const size_t pixel : pixels) sum += in[0][pixel];
      out[0][window] = static_cast<Pooling>(size[7]) == Pooling::max ? in[0][first_of_largest(in[0], pixels)]
                                                                     : sum / divisor(size, pixels.size());
    });
  });
}

TEST_CASE("kernels: the gradient of a largest value goes to the first pixel that has it, that of a mean to all") {
  check_kernel("window_pool_gradient", 1e-6, [](const Dims& size, const Numbers& in, Numbers& out) {
    out.resize(1);
    std::ranges::fill(out[0], 0);
    each_window(size, [&](size_t window, const std::vector<size_t>& pixels) {
      if (static_cast<Pooling>(size[7]) == Pooling::max) {
        out[0][first_of_largest(in[0], pixels)] += in[1][window];
        return;
      }
      for (const size_t pixel : pixels) out[0][pixel] += in[1][window] / divisor(size, pixels.size());
    });
  });
}
