#pragma once

// Internal: batch normalisation over the rows of a matrix (pixels, channels), with the activation behind it.

#include "graft/ops/kernels/activation.h"
#include "graft/ops/kernels/norm/stretches.h"

namespace graft::ops {

/// Addresses: src and dst of floats or (narrow) bfloat16, all others of floats.
struct NormForward {
  const void* src;
  const float *gamma, *beta;  ///< may be null
  void* dst;
  float *mean, *variance;     ///< of the population
  float *partials, *vectors;  ///< scratch: shape.partials(), 2 channels
};

struct NormBackward {
  const void *diff_dst, *src;
  const float *gamma, *beta, *mean, *variance;  ///< gamma and beta may be null
  void* diff_src;                               ///< may be diff_dst
  float *diff_gamma, *diff_beta;                ///< may be null
  float *partials, *vectors;                    ///< scratch: shape.partials(), 4 channels
};

void norm_forward(int threads, const NormShape& shape, bool narrow, float epsilon, KernelActivation activation,
                  const NormForward& at);
void norm_backward(int threads, const NormShape& shape, bool narrow, float epsilon, KernelActivation activation,
                   const NormBackward& at);

}  // namespace graft::ops
