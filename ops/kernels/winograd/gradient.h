#pragma once

// Internal: the weights' gradient of a convolution by Winograd's minimal filtering (winograd.h).

#include <cstdint>

#include "graft/ops/kernels/winograd/tiling.h"

namespace graft::ops {

/// The gradient of a convolution for its weights.
class WinogradGradient : public WinogradTiling {
 public:
  /// Both axes are made by WinogradAxis::forward.
  WinogradGradient(int64_t images, WinogradAxis rows, WinogradAxis columns, int64_t src_channels, int64_t dst_channels,
                   int64_t lanes);

  int64_t sum_floats() const;  ///< the gradient at the points, read and written once for each block of tiles
  int64_t scratch_floats(int threads) const;
  /// `to`: (KH, KW, src_channels, dst_channels), row-major. The scratch is of `scratch_floats(ranges_for)`; bits do not
  /// depend on either number of threads.
  void run(int threads, int ranges_for, const float* src, const float* diff_dst, float* to, float* scratch) const;

 private:
  int64_t blocks_;
};

}  // namespace graft::ops
