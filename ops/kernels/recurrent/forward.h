#pragma once

// Internal: the forward walk of a recurrent cell over all steps.

#include "graft/ops/kernels/recurrent/shape.h"

namespace graft::ops {

/// Sequences are (rows, steps, ...), row-major where nothing else is said.
struct RecurrentForward {
  const float* projected;       ///< x W + b: gates() units floats for each row and step
  int64_t row_step, time_step;  ///< floats from row to row and from step to step of it
  const float* packed;          ///< what pack_recurrent made
  const float* recurrent_bias;  ///< of a gru, gates() units floats; may be null
  const float *h, *c;           ///< (rows, units) the states before the walk; null: zeros
  const float* mask;            ///< (rows, steps), 0: the step does not count; may be null

  // Results; those that nobody reads are null.
  float* outputs;          ///< units floats of each step, in the order of the walk
  float* last;             ///< (rows, units) the output of the last step of the walk
  float *last_h, *last_c;  ///< (rows, units) the states after the walk
  float* gates;            ///< kept() units floats of each step
  float *states, *cells;   ///< h and c before each step

  float* scratch;  ///< forward_scratch() floats
};

/// No number of threads changes a bit of the results.
void recurrent_forward(int threads, const RecurrentShape& shape, const RecurrentForward& at);

}  // namespace graft::ops
