#pragma once

// Internal: batch normalisation over the rows of a matrix (pixels, channels), with the activation behind it. Results do
// not depend on the number of threads: the rows are cut into stretches by the shape alone.

#include <cstdint>

#include "graft/ops/kernels/lanes.h"

namespace graft::ops {

struct NormShape {
  int64_t rows = 0, channels = 0;

  int64_t stretch() const;  ///< rows that are summed together
  int64_t stretches() const;
  int64_t partials() const { return 2 * stretches() * channels; }  ///< floats for two sums of each channel and stretch
};

/// v, v > 0 ? v : low v, or v limited to [low, high].
struct NormActivation {
  enum Kind { none, relu, clip } kind = none;
  float low = 0, high = 0;
};

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

void norm_forward(int threads, const NormShape& shape, bool narrow, float epsilon, NormActivation activation,
                  const NormForward& at);
void norm_backward(int threads, const NormShape& shape, bool narrow, float epsilon, NormActivation activation,
                   const NormBackward& at);

}  // namespace graft::ops
