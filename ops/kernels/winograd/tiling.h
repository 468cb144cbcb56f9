#pragma once

// Internal: how a convolution by Winograd's minimal filtering is cut into tiles.

#include <cstdint>
#include <memory>

#include "graft/ops/kernels/winograd/axis.h"

namespace graft::ops {

namespace winograd {
struct Plan;
}

/// What a convolution and the gradient of its weights have in common: the images, and how they are cut into tiles.
class WinogradTiling {
 public:
  /// Channels fill whole vectors of `lanes` floats: 16, for which the machine needs AVX-512, or 8, for AVX2.
  WinogradTiling(int64_t images, WinogradAxis rows, WinogradAxis columns, int64_t src_channels, int64_t dst_channels,
                 int64_t lanes);

  int64_t products() const;       ///< multiplications at the points
  int64_t point_floats() const;   ///< floats that are brought to the points and back
  int64_t panel_columns() const;  ///< channels of a result that are computed together, with their weights side by side

  int64_t images, src_channels, dst_channels, lanes;
  WinogradAxis rows, columns;

 protected:
  bool wide() const { return lanes == 16; }

  int64_t tiles_;
  std::shared_ptr<const winograd::Plan> plan_;
};

}  // namespace graft::ops
