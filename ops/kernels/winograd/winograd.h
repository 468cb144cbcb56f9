#pragma once

// Internal: convolutions by Winograd's minimal filtering F(2, r) (Lavin and Gray, "Fast Algorithms for Convolutional
// Neural Networks", 2016), images channels last. Two outputs of a filter of r taps need r + 1 products instead of 2 r:
// an image of tiles of 2x2 outputs is brought to "points", multiplied there, and brought back.
//
// A kernel with strides is several kernels of stride 1, a phase for each pixel of a stride: of 5 taps with stride 2 one
// has 3, the other 2. The points of 2 taps (0, 1, -1) are among those of 3 (0, 1, -1, infinity), and the way back is
// the same for both, so phases are summed at the points, as if they were channels. So 49 products make what takes 100.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "graft/ops/kernels/activation.h"

namespace graft::ops {

namespace winograd {
struct Plan;
}

/// The taps of a kernel that make a convolution of stride 1, along one axis.
struct WinogradPhase {
  int64_t taps = 0;                     ///< 2 or 3
  int64_t first_tap = 0, tap_step = 1;  ///< where they are in the kernel
  int64_t first = 0, step = 1;          ///< unit o reads the pixels first + step (o + i), i < taps
  int64_t points() const { return taps + 1; }
};

/// What phases together make along one axis: unit o of it is the pixel first + step o of the result.
struct WinogradPart {
  std::vector<WinogradPhase> phases;  ///< those of most taps first
  int64_t first = 0, step = 1;
  int64_t depth(int64_t point) const;  ///< phases that have the point
  int64_t points() const { return phases[0].points(); }
};

struct WinogradAxis {
  int64_t src = 0, dst = 0;  ///< pixels
  int64_t kernel = 0;        ///< taps
  int64_t units = 0;         ///< of each part
  std::vector<WinogradPart> parts;

  int64_t tiles() const { return (units + 1) / 2; }
  /// A convolution: one part. Nothing where a phase has no 2 or 3 taps.
  static std::optional<WinogradAxis> forward(int64_t src, int64_t dst, int64_t kernel, int64_t stride, int64_t padding);
  /// Its transposed: from dst's pixels to src's, a part for each pixel of a stride.
  static std::optional<WinogradAxis> transposed(int64_t src, int64_t dst, int64_t kernel, int64_t stride,
                                                int64_t padding);
};

/// How to reach a kernel's weights: in floats.
struct WinogradStrides {
  int64_t row, column, src, dst;
};

struct WinogradPointers {
  const float *src, *weights;   ///< weights: what winograd_weights made
  const float *bias, *summand;  ///< may be null; summand: as dst, and may be dst
  float* dst;
  float* scratch;  ///< scratch_floats() for each thread
};

/// What a convolution and the gradient of its weights have in common: the images, and how they are cut into tiles.
class WinogradTiling {
 public:
  WinogradTiling(int64_t images, WinogradAxis rows, WinogradAxis columns, int64_t src_channels, int64_t dst_channels);

  int64_t products() const;      ///< multiplications at the points
  int64_t point_floats() const;  ///< brought to the points and back

  int64_t images, src_channels, dst_channels;
  WinogradAxis rows, columns;

 protected:
  int64_t tiles_;
  std::shared_ptr<const winograd::Plan> plan_;
};

/// dst = activation(conv(src) + bias + summand). Bits do not depend on threads, nor on how many images there are.
class WinogradConv : public WinogradTiling {
 public:
  using WinogradTiling::WinogradTiling;

  int64_t weights_floats() const;
  int64_t scratch_floats() const;  ///< of one thread

  void weights(int threads, const float* kernel, const WinogradStrides& strides, float* to) const;
  void run(int threads, KernelActivation activation, const WinogradPointers& at) const;
};

/// The weights' gradient of a convolution.
class WinogradGradient : public WinogradTiling {
 public:
  /// Both axes are `forward`.
  WinogradGradient(int64_t images, WinogradAxis rows, WinogradAxis columns, int64_t src_channels, int64_t dst_channels);

  int64_t sum_floats() const;  ///< the gradient at the points, read and written once for each block of tiles
  int64_t scratch_floats(int threads) const;
  /// `to`: (KH, KW, src_channels, dst_channels), row-major. The scratch is of `scratch_floats(ranges_for)`; bits do not
  /// depend on either number of threads.
  void run(int threads, int ranges_for, const float* src, const float* diff_dst, float* to, float* scratch) const;

 private:
  int64_t blocks_;
};

}  // namespace graft::ops
