#pragma once

// Internal: convolutions at the sizes at which Winograd's filtering is tested and timed.

#include <vector>

#include "graft/ops/program/functions.h"

namespace graft::bench {

/// A convolution of square images: `pixels` of src, `to()` of dst along both axes.
struct SquareConvolution {
  int64_t images, pixels, src_channels, dst_channels, kernel, stride, before, after;  // before, after: the padding
  bool timed = false;

  int64_t to() const { return (pixels + before + after - kernel) / stride + 1; }
  ops::ConvArgs args() const { return {{stride, stride}, {0, 0}, {before, before}, {after, after}}; }
  ops::Dims src() const { return {images, src_channels, pixels, pixels}; }
  ops::Dims dst() const { return {images, dst_channels, to(), to()}; }
  ops::Dims weights() const { return {dst_channels, src_channels, kernel, kernel}; }
};

/// Convolutions that cover the code of Winograd's filtering: every kernel and stride, paddings, odd sizes, channels
/// that fill no panel, more tiles than a block. Channels are multiples of `lanes`, 16 or 8. A plain loop needs seconds
/// for those that are timed.
std::vector<SquareConvolution> square_convolutions(int64_t lanes);

}  // namespace graft::bench
