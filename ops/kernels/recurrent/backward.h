#pragma once

// Internal: the backward walk of a recurrent cell over all steps. The gradients of its kernels are products over all
// steps, which are left to others.

#include "graft/ops/kernels/recurrent/shape.h"

namespace graft::ops {

/// Sequences are (rows, steps, ...), row-major; see RecurrentForward for what comes from the forward walk.
struct RecurrentGradient {
  const float *diff_outputs, *diff_last, *diff_h, *diff_c;  ///< each may be null
  const float *gates, *states;
  const float* cells;      ///< of an LSTM
  const float* packed;     ///< what pack_recurrent_transposed made
  const float* mask;       ///< may be null
  bool has_initial_state;  ///< else the walk began with zeros, whose gradient nobody reads

  float* diff_projected;  ///< gates() units floats of each step
  float* diff_recurrent;  ///< of a gru, the same for h U + its bias; where other cells are walked it is null
  float *diff_first_h, *diff_first_c;  ///< (rows, units) of the states before the walk; may be null
  float* scratch;                      ///< backward_scratch() floats
};

/// No number of threads changes a bit of the results.
void recurrent_backward(int threads, const RecurrentShape& shape, const RecurrentGradient& at);

}  // namespace graft::ops
