#pragma once

// Internal: the largest values or the means of windows of images.

#include <array>
#include <cstdint>

#include "graft/ops/program/functions.h"

namespace graft::ops {

/// The windows along one spatial axis. Those of an adaptive pooling reach from window pixels / windows, rounded down,
/// to (window + 1) pixels / windows, rounded up; the others have `kernel` pixels, some of which may be padding.
struct PoolAxis {
  int64_t pixels = 1, windows = 1;
  int64_t kernel = 0, stride = 0, padding = 0;  ///< kernel: 0 for an adaptive pooling; padding: before the image

  int64_t begin(int64_t window) const;  ///< the first pixel of a window
  int64_t end(int64_t window) const;    ///< the one behind its last
  bool is_tiled() const;                ///< each pixel belongs to one window
};

/// From (images, pixels, channels) to (images, windows, channels), both row-major, with three spatial axes.
struct WindowPool {
  Pooling algorithm;
  int64_t images, channels;
  std::array<PoolAxis, 3> axes;

  void run(int threads, const float* src, float* dst) const;
  /// diff_src is the sum over the windows that have the pixel: of diff_dst where it is the first of the largest, or of
  /// its share of diff_dst. src and dst are read for the largest only.
  void run_backward(int threads, const float* src, const float* dst, const float* diff_dst, float* diff_src) const;
};

}  // namespace graft::ops
