// The weights are those of TensorFlow's image.resize.

#include "graft/ops/kernels/image/resample_axis.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace graft::ops {

namespace {

void close_pixel(ResampleAxis& axis) { axis.first.push_back(static_cast<int64_t>(axis.taps.size())); }

// The pixel that has the centre in it. TensorFlow computes the place in float32, which decides between two pixels.
ResampleAxis nearest(int64_t n, int64_t to) {
  ResampleAxis axis;
  const float scale = static_cast<float>(n) / static_cast<float>(to);
  for (int64_t i = 0; i < to; ++i) {
    const auto at = static_cast<int64_t>(std::floor((static_cast<float>(i) + 0.5f) * scale));
    axis.taps.push_back({std::min(at, n - 1), 1});
    close_pixel(axis);
  }
  return axis;
}

ResampleAxis area(int64_t n, int64_t to) {
  ResampleAxis axis;
  for (int64_t i = 0; i < to; ++i) {
    const int64_t begin = i * n / to, end = ((i + 1) * n + to - 1) / to;
    for (int64_t k = begin; k < end; ++k) axis.taps.push_back({k, 1 / static_cast<float>(end - begin)});
    close_pixel(axis);
  }
  return axis;
}

double lanczos(double x, double radius) {
  constexpr double pi = std::numbers::pi;
  if (x > radius) return 0;
  return x > 1e-3 ? radius * std::sin(pi * x) * std::sin(pi * x / radius) / (pi * pi * x * x) : 1;
}

// Keys's kernel with a = -0.5.
double cubic(double x) {
  if (x >= 2) return 0;
  return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1;
}

// Half the width of the kernel, in pixels.
double radius(Interpolation interpolation) {
  switch (interpolation) {
    case Interpolation::cubic:
      return 2;
    case Interpolation::lanczos3:
      return 3;
    case Interpolation::lanczos5:
      return 5;
    default:
      return 1;
  }
}

/// The kernel at a distance from its centre, which is 0 or more.
double kernel_at(Interpolation interpolation, double distance) {
  switch (interpolation) {
    case Interpolation::cubic:
      return cubic(distance);
    case Interpolation::lanczos3:
    case Interpolation::lanczos5:
      return lanczos(distance, radius(interpolation));
    default:
      return std::max(0., 1 - distance);
  }
}

// Adds the taps of a pixel whose centre is at `at` between the n that are read. Their weights add up to 1.
void add_taps(ResampleAxis& axis, int64_t n, double at, Interpolation interpolation, double width) {
  const double reach = radius(interpolation) * width;
  const auto begin = std::max<int64_t>(0, static_cast<int64_t>(std::ceil(at - reach)));
  const auto end = std::min(n, static_cast<int64_t>(std::floor(at + reach)) + 1);
  const auto weight = [&](int64_t k) {
    return kernel_at(interpolation, std::abs(at - static_cast<double>(k)) / width);
  };
  double sum = 0;
  for (int64_t k = begin; k < end; ++k) sum += weight(k);
  for (int64_t k = begin; k < end; ++k)
    if (const double w = weight(k) / sum; std::abs(w) > 1e-9) axis.taps.push_back({k, static_cast<float>(w)});
}

// The centre of pixel i of the result between the pixels that are read. TensorFlow has a table of the cubic kernel for
// 1024 places from one pixel to the next, and computes the place in float32.
double tabled_centre(int64_t i, int64_t n, int64_t to) {
  constexpr float places = 1024;
  const float scale = static_cast<float>(n) / static_cast<float>(to);
  const float at = (static_cast<float>(i) + 0.5f) * scale - 0.5f, pixel = std::floor(at);
  return static_cast<double>(pixel) + static_cast<double>(std::nearbyint((at - pixel) * places) / places);
}

}  // namespace

ResampleAxis ResampleAxis::between(int64_t n, int64_t to, Interpolation interpolation, bool antialias) {
  if (interpolation == Interpolation::nearest) return nearest(n, to);
  if (interpolation == Interpolation::area) return area(n, to);
  ResampleAxis axis;
  const double step = static_cast<double>(n) / static_cast<double>(to), width = antialias ? std::max(step, 1.) : 1;
  const bool tabled = interpolation == Interpolation::cubic && !antialias;
  for (int64_t i = 0; i < to; ++i) {
    const double at = tabled ? tabled_centre(i, n, to) : (static_cast<double>(i) + 0.5) * step - 0.5;
    add_taps(axis, n, at, interpolation, width);
    close_pixel(axis);
  }
  return axis;
}

ResampleAxis ResampleAxis::transposed(const ResampleAxis& axis, int64_t n) {
  std::vector<std::vector<ResampleTap>> readers(static_cast<size_t>(n));
  for (int64_t i = 0; i < axis.size(); ++i)
    for (const ResampleTap& tap : axis.at(i)) readers[static_cast<size_t>(tap.index)].push_back({i, tap.weight});
  ResampleAxis out;
  for (const std::vector<ResampleTap>& pixel : readers) {
    out.taps.insert(out.taps.end(), pixel.begin(), pixel.end());
    close_pixel(out);
  }
  return out;
}

}  // namespace graft::ops
