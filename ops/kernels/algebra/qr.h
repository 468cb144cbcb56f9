#pragma once

// Internal: Householder's factors of matrices, for batches of small ones, all row-major. Their signs are LAPACK's.

#include "graft/ops/kernels/algebra/factor.h"

namespace graft::ops {

/// q r = a. q has `q_columns` columns, the smaller of a's dims or a's rows, and r as many rows. `work` takes a copy of
/// a, and `factors` the smaller of a's dims floats for each matrix.
struct QrMemory {
  float *q, *r, *work, *factors;
};
void qr_factors(int threads, const Matrices& m, int64_t q_columns, const float* a, const QrMemory& memory);

}  // namespace graft::ops
