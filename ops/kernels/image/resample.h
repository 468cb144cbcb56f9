#pragma once

// Internal: images of another size. Each spatial axis is a sparse matrix; forward and backward are the same loop, the
// latter with the matrices transposed.

#include <cstdint>

#include "graft/ops/kernels/image/resample_axis.h"

namespace graft::ops {

/// Images, channels last: from (images, from_height, from_width, channels) to (images, rows.size(), columns.size(),
/// channels). It is fast for few taps, because it reads rows times columns of them for each pixel.
struct Resampling {
  ResampleAxis rows, columns;
  int64_t images, from_height, from_width, channels;

  void run(int threads, const float* src, float* dst) const;
};

/// A single axis, for any number of taps: from (outer, from, inner) to (outer, axis.size(), inner), row-major.
struct AxisResampling {
  ResampleAxis axis;
  int64_t outer, from, inner;

  void run(int threads, const float* src, float* dst) const;
};

}  // namespace graft::ops
