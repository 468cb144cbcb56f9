#pragma once

// Internal: batch normalisation of a matrix (pixels, channels), and the activation that follows it.

#include "graft/ops/kernels/base/activation.h"
#include "graft/ops/kernels/norm/stretches.h"

namespace graft::ops {

/// src and dst are (shape.rows, shape.channels) floats or, narrow, bfloat16 numbers; the others are channels of floats.
struct NormForward {
  const void* src;
  const float *gamma, *beta;  ///< may be null
  void* dst;
  float *mean, *variance;     ///< of the population
  float *partials, *vectors;  ///< scratch: shape.partials() and 2 shape.channels floats
};

struct NormBackward {
  const void *diff_dst, *src;
  const float *gamma, *beta, *mean, *variance;  ///< gamma and beta may be null
  void* diff_src;                               ///< may be diff_dst
  float *diff_gamma, *diff_beta;                ///< may be null
  float *partials, *vectors;                    ///< scratch: shape.partials() and 4 shape.channels floats
};

void norm_forward(int threads, const NormShape& shape, bool narrow, float epsilon, KernelActivation activation,
                  const NormForward& at);
void norm_backward(int threads, const NormShape& shape, bool narrow, float epsilon, KernelActivation activation,
                   const NormBackward& at);

}  // namespace graft::ops
