// This file has poolings to a size that is given. The mean over windows is a resampling by area.

#include <algorithm>

#include "graft/core/error.h"
#include "graft/ops/primitives/convolution/window_pool.h"

namespace graft::ops {

namespace {

bool divides(const Dims& parts, const Dims& whole) {
  for (size_t i = 0; i < parts.size(); ++i)
    if (whole[i] % parts[i] != 0) return false;
  return true;
}

}  // namespace

Value Builder::adaptive_pool(Value src, Pooling algorithm, const Dims& spatial_dims) {
  const Dims from = dims(src);
  const bool positive = std::all_of(spatial_dims.begin(), spatial_dims.end(), [](int64_t d) { return d >= 1; });
  if (from.size() < 3 || spatial_dims.size() + 2 != from.size() || !positive)
    throw ShapeError(
        cat("adaptive_pool: needs a size of 1 or more for each spatial axis of src (N, C, spatial); received ",
            to_string(spatial_dims), " for ", to_string(from)));
  const Dims pixels(from.begin() + 2, from.end());
  if (pixels == spatial_dims) return src;
  if (divides(spatial_dims, pixels)) {
    PoolArgs args{algorithm, pixels, {}, Dims(pixels.size(), 0), Dims(pixels.size(), 0)};
    for (size_t i = 0; i < pixels.size(); ++i) args.kernel[i] /= spatial_dims[i];
    args.strides = args.kernel;
    return pool(src, args);
  }
  if (algorithm != Pooling::max) return resize(src, spatial_dims, Interpolation::area);
  WindowPoolArgs args{algorithm, {}};
  for (size_t k = 0; k < pixels.size(); ++k) args.axes.push_back({pixels[k], spatial_dims[k]});
  Dims to{from[0], from[1]};
  to.insert(to.end(), spatial_dims.begin(), spatial_dims.end());
  return append(std::make_shared<WindowPoolForward>(args), {src}, {to})[0];
}

}  // namespace graft::ops
