#pragma once

// Internal: matrices as products of triangles, for batches of small matrices, all row-major. Numbers are stored as
// floats and sums are computed in double.

#include <cstdint>

namespace graft::ops {

/// A batch of matrices.
struct Matrices {
  int64_t count, rows, columns;
  int64_t floats() const { return rows * columns; }  ///< of one matrix
  int64_t rank() const { return rows < columns ? rows : columns; }
  /// How many matrices are worth a thread, where one takes about rows x columns x rank operations.
  int64_t grain() const;
};

/// l l^T = a, of which the lower triangle is read; NaN from the first row on whose pivot is not positive.
void cholesky(int threads, const Matrices& m, const float* a, float* l);

/// L, whose diagonal is 1, below the diagonal of lu, and U above it; row i of L U is row order[i] of a.
void lu_factors(int threads, const Matrices& m, const float* a, float* lu, float* order);

/// The sign, 0 where a is singular, and the logarithm of the absolute value of the determinants.
struct LogDeterminants {
  float *sign, *log;
};
void determinants(int threads, const Matrices& m, const float* a, float* lu, float* order, float* determinant);
void log_determinants(int threads, const Matrices& m, const float* a, float* lu, float* order,
                      const LogDeterminants& out);

}  // namespace graft::ops
