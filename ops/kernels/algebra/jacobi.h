#pragma once

// Internal: Jacobi's rotations, which find eigenvalues and singular values of small matrices to all digits. They work
// in double on memory that the caller provides.

#include "graft/ops/kernels/algebra/factor.h"

namespace graft::ops {

/// Doubles of work for each matrix.
int64_t eigh_work(const Matrices& m);
int64_t svd_work(const Matrices& m);

/// The eigenvalues of symmetric matrices, of which the lower triangle is read, smallest first, and the eigenvectors as
/// columns.
struct EighMemory {
  float *values, *vectors;
  double* work;
};
void eigh(int threads, const Matrices& m, const float* a, const EighMemory& memory);

/// a = u diag(s) v^T with s largest first; u and v have m.rank() columns.
struct SvdMemory {
  float *u, *s, *v;
  double* work;
};
void svd(int threads, const Matrices& m, const float* a, const SvdMemory& memory);

}  // namespace graft::ops
