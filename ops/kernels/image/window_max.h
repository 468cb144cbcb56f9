#pragma once

// Internal: the largest values of the windows of an adaptive pooling, along one axis. Window i of `windows` is made of
// the pixels from i pixels / windows, rounded down, to (i + 1) pixels / windows, rounded up; neighbours may overlap.

#include <cstdint>

namespace graft::ops {

/// From (outer, pixels, inner) to (outer, windows, inner), both row-major.
struct WindowMax {
  int64_t outer, pixels, windows, inner;

  int64_t begin(int64_t window) const { return window * pixels / windows; }
  int64_t end(int64_t window) const { return ((window + 1) * pixels + windows - 1) / windows; }

  void run(int threads, const float* src, float* dst) const;
  /// diff_src is the sum of diff_dst over the windows in which a pixel is the first of the largest.
  void run_backward(int threads, const float* src, const float* dst, const float* diff_dst, float* diff_src) const;
};

}  // namespace graft::ops
