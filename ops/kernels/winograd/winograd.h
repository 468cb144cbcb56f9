#pragma once

// Internal: convolutions by Winograd's minimal filtering F(2, r) (Lavin and Gray, "Fast Algorithms for Convolutional
// Neural Networks", 2016), images channels last. Two outputs of a filter of r taps need r + 1 products instead of 2 r:
// tiles of an image, each for 2x2 outputs, are brought to "points", multiplied there, and brought back.
//
// A kernel with strides is several kernels of stride 1, a phase for each pixel of a stride: of 5 taps with stride 2 one
// has 3, the other 2. The points of 2 taps (0, 1, -1) are among those of 3 (0, 1, -1, infinity), and the way back is
// the same for both, so phases are summed at the points, as if they were channels. So 49 products make what takes 100.

#include <cstdint>

#include "graft/ops/kernels/base/activation.h"
#include "graft/ops/kernels/winograd/tiling.h"

namespace graft::ops {

/// From weight to weight of a kernel along each of its axes, in floats.
struct WinogradStrides {
  int64_t row, column, src, dst;
};

struct WinogradPointers {
  const float *src, *weights;   ///< images, channels last; what `weights` made
  const float *bias, *summand;  ///< may be null; the summand has the layout of dst, and may be dst
  float* dst;
  float* scratch;  ///< scratch_floats() for each thread
};

/// dst = activation(conv(src) + bias + summand). Bits do not depend on threads, nor on how many images there are.
class WinogradConv : public WinogradTiling {
 public:
  using WinogradTiling::WinogradTiling;

  int64_t weights_floats() const;
  int64_t scratch_floats() const;  ///< scratch of one thread

  void weights(int threads, const float* kernel, const WinogradStrides& strides, float* to) const;
  void run(int threads, KernelActivation activation, const WinogradPointers& at) const;
};

}  // namespace graft::ops
