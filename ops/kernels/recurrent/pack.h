#pragma once

// Internal: recurrent kernels in the order in which the walks read them.

#include "graft/ops/kernels/recurrent/shape.h"

namespace graft::ops {

/// From (units, gates units) to [panel][k][gate][lane] for the forward walk. Of a gru_reset_before the candidate, whose
/// product needs r, follows behind all panels of the two others.
void pack_recurrent(int threads, const RecurrentShape& shape, const float* kernel, float* packed);
/// The transposed kernel, [panel of k][column of the kernel][lane], for the backward walk.
void pack_recurrent_transposed(int threads, const RecurrentShape& shape, const float* kernel, float* packed);

}  // namespace graft::ops
