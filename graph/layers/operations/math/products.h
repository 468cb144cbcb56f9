#pragma once

#include "graft/graph/layers/operations/math/operand.h"

namespace graft {

// The products and the linear algebra of keras.ops of the same names, on matrices (..., rows, columns).

/// Products.
SymbolicTensor matmul(const Argument& x1, const Argument& x2);  ///< the last two axes, the others broadcast; rank 1 is
                                                                ///< a row on the left, a column on the right
SymbolicTensor dot(const Argument& x1, const Argument& x2);
SymbolicTensor inner(const Argument& x1, const Argument& x2);
SymbolicTensor outer(const Argument& x1, const Argument& x2);
SymbolicTensor vdot(const Argument& x1, const Argument& x2);
SymbolicTensor kron(const Argument& x1, const Argument& x2);
SymbolicTensor tensordot(const Argument& x1, const Argument& x2, int64_t axes = 2);
SymbolicTensor cross(const Argument& x1, const Argument& x2);
SymbolicTensor einsum(const std::string& subscripts, const SymbolicTensors& tensors,
                      source_location location = source_location::current());  ///< "bij,bjk->bik"
SymbolicTensor cdist(const Argument& x, const Argument& y);                    ///< distances of all rows
SymbolicTensor correlate(const Argument& x1, const Argument& x2, const std::string& mode = "valid");
SymbolicTensor corrcoef(const Operand& x);

/// Factors.
SymbolicTensor cholesky(const Operand& x, bool upper = false);
SymbolicTensors qr(const Operand& x, const std::string& mode = "reduced");
SymbolicTensors svd(const Operand& x, bool full_matrices = true,
                    bool compute_uv = true);  ///< {u, s, v}; v is transposed
SymbolicTensors eigh(const Operand& x);       ///< {values, vectors} of symmetric matrices
SymbolicTensors lu_factor(const Operand& x);  ///< {factors, pivots}

/// Numbers of a matrix, inverses and equations.
SymbolicTensor det(const Operand& x);
SymbolicTensors slogdet(const Operand& x);  ///< {sign, log |det|}
SymbolicTensor logdet(const Operand& x);
SymbolicTensor matrix_rank(const Operand& x, std::optional<double> tol = {});
SymbolicTensor inv(const Operand& x);
SymbolicTensor pinv(const Operand& x, std::optional<double> rcond = {});
SymbolicTensor matrix_power(const Operand& x, int64_t n);
SymbolicTensor cholesky_inverse(const Operand& x, bool upper = false);
SymbolicTensor solve(const Argument& a, const Argument& b);
SymbolicTensor solve_triangular(const Argument& a, const Argument& b, bool lower = false);
SymbolicTensor lstsq(const Argument& a, const Argument& b, std::optional<double> rcond = {});

}  // namespace graft
