#pragma once

// Internal: layer normalisation of each row of a matrix. A row has shape.channels elements.

#include "graft/ops/kernels/norm/stretches.h"

namespace graft::ops {

/// src and dst are (shape.rows, shape.channels) floats or, narrow, bfloat16 numbers; the others are floats.
struct LayerNormForward {
  const void* src;
  const float *gamma, *beta;
  void* dst;            ///< may be src
  float *mean, *rsqrt;  ///< of each row, rsqrt = 1 / sqrt(variance + epsilon)
};

struct LayerNormGradient {
  const void *diff_dst, *src;
  const float *gamma, *mean, *rsqrt;
  void* diff_src;  ///< may be diff_dst
  float *diff_gamma, *diff_beta;
  float* partials;  ///< scratch: shape.partials() floats
};

void layer_norm_forward(int threads, const NormShape& shape, bool narrow, float epsilon, const LayerNormForward& at);
void layer_norm_backward(int threads, const NormShape& shape, bool narrow, const LayerNormGradient& at);

}  // namespace graft::ops
