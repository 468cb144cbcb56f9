#include "graft/graph/layers/base/spatial.h"

#include <algorithm>

#include "graft/graph/axes.h"

namespace graft {

SpatialShape SpatialShape::of(const Shape& shape, size_t rank, bool channels_first) {
  static const char* const meanings[2][3] = {{"(N, T, C)", "(N, H, W, C)", "(N, D, H, W, C)"},
                                             {"(N, C, T)", "(N, C, H, W)", "(N, C, D, H, W)"}};
  check_rank(shape, static_cast<int64_t>(rank) + 2, meanings[channels_first][rank - 1]);
  SpatialShape out{shape[0], {}, shape[channels_first ? 1 : -1], channels_first};
  for (size_t i = 0; i < rank; ++i) out.sizes.push_back(shape[out.axis(i)]);
  return out;
}

Shape SpatialShape::shape() const {
  ops::Dims dims = sizes;
  dims.insert(channels_first ? dims.begin() : dims.end(), channels);
  dims.insert(dims.begin(), batch);
  return Shape(dims);
}

int64_t SpatialShape::known_channels() const { return known_dim(shape(), channels_first ? 1 : -1, "channels"); }

// Keras's own order of "channels_first" is what a convolution calls (N, C, spatial...).
ops::Value to_spatial(ops::Builder& builder, ops::Value x, bool channels_first) {
  return channels_first ? to_channels_last(builder, x) : x;
}

ops::Value from_spatial(ops::Builder& builder, ops::Value x, bool channels_first) {
  return channels_first ? to_channels_first(builder, x) : x;
}

ops::Interpolation interpolation_of(const InterpolationName& name) {
  if (name == "nearest") return ops::Interpolation::nearest;
  if (name == "bilinear") return ops::Interpolation::linear;
  if (name == "bicubic") return ops::Interpolation::cubic;
  return name == "lanczos3" ? ops::Interpolation::lanczos3 : ops::Interpolation::lanczos5;
}

namespace {

struct Window {
  int64_t output, before, after;
};

Window window_over(int64_t n, int64_t kernel, int64_t stride, int64_t dilation, const std::string& padding) {
  if (n == Shape::none) return {Shape::none, 0, 0};
  const int64_t reach = (kernel - 1) * dilation + 1;
  const int64_t output = (n + stride - 1) / stride;
  if (padding == "causal") return {output, reach - 1, 0};
  if (padding == "same") {
    const int64_t total = std::max<int64_t>((output - 1) * stride + reach - n, 0);
    return {output, total / 2, total - total / 2};
  }
  if (n < reach)
    throw ShapeError(cat("a window of ", reach, " pixels does not fit into ", n,
                         " with padding \"valid\", so the output ", "would be empty"));
  return {(n - reach) / stride + 1, 0, 0};
}

}  // namespace

Windows windows_over(const ops::Dims& sizes, const WindowSettings& settings) {
  Windows out;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const Window window =
        window_over(sizes[i], settings.kernel[i], settings.strides[i], settings.dilation[i], settings.padding);
    out.output.push_back(window.output);
    out.before.push_back(window.before);
    out.after.push_back(window.after);
  }
  return out;
}

}  // namespace graft
