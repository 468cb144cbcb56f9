#pragma once

// Internal: systems of linear equations, for batches of small matrices, all row-major.

#include "graft/ops/kernels/algebra/factor.h"

namespace graft::ops {

/// One system of n equations for each of `right.columns` columns; right.rows is n.
struct TriangleSystem {
  Matrices right;
  bool lower;      ///< which triangle of a is read
  bool transpose;  ///< it is a^T x = b
};
void solve_triangles(int threads, const TriangleSystem& system, const float* a, const float* b, float* x);

/// The same for whole matrices. lu and order take the factors of a.
struct System {
  Matrices right;
  bool transpose;
};
void solve_systems(int threads, const System& system, const float* a, const float* b, float* x, float* lu,
                   float* order);

}  // namespace graft::ops
