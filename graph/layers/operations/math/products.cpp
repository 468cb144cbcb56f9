#include "graft/graph/layers/operations/math/products.h"

#include "graft/graph/layers/operations/math/record.h"

namespace graft {

SymbolicTensor matmul(const Argument& x1, const Argument& x2) { return record("Matmul", {x1, x2}); }
SymbolicTensor dot(const Argument& x1, const Argument& x2) { return record("Dot", {x1, x2}); }
SymbolicTensor inner(const Argument& x1, const Argument& x2) { return record("Inner", {x1, x2}); }
SymbolicTensor outer(const Argument& x1, const Argument& x2) { return record("Outer", {x1, x2}); }
SymbolicTensor vdot(const Argument& x1, const Argument& x2) { return record("Vdot", {x1, x2}); }
SymbolicTensor kron(const Argument& x1, const Argument& x2) { return record("Kron", {x1, x2}); }
SymbolicTensor tensordot(const Argument& x1, const Argument& x2, int64_t axes) {
  return record("Tensordot", {x1, x2}, {{"axes", axes}});
}
SymbolicTensor cross(const Argument& x1, const Argument& x2) { return record("Cross", {x1, x2}); }
SymbolicTensor einsum(const std::string& subscripts, const SymbolicTensors& tensors, source_location location) {
  return record("Einsum", arguments_of(tensors, location), {{"subscripts", subscripts}});
}
SymbolicTensor cdist(const Argument& x, const Argument& y) { return record("CDist", {x, y}); }
SymbolicTensor correlate(const Argument& x1, const Argument& x2, const std::string& mode) {
  return record("Correlate", {x1, x2}, {{"mode", mode}});
}
SymbolicTensor corrcoef(const Operand& x) { return record("Corrcoef", {x}); }

SymbolicTensor cholesky(const Operand& x, bool upper) { return record("Cholesky", {x}, {{"upper", upper}}); }
SymbolicTensors qr(const Operand& x, const std::string& mode) { return record_all("Qr", {x}, {{"mode", mode}}); }
SymbolicTensors svd(const Operand& x, bool full_matrices, bool compute_uv) {
  return record_all("SVD", {x}, {{"full_matrices", full_matrices}, {"compute_uv", compute_uv}});
}
SymbolicTensors eigh(const Operand& x) { return record_all("Eigh", {x}); }
SymbolicTensors lu_factor(const Operand& x) { return record_all("LuFactor", {x}); }

SymbolicTensor det(const Operand& x) { return record("Det", {x}); }
SymbolicTensors slogdet(const Operand& x) { return record_all("Slogdet", {x}); }
SymbolicTensor logdet(const Operand& x) { return record("Logdet", {x}); }
SymbolicTensor matrix_rank(const Operand& x, std::optional<double> tol) {
  return record("MatrixRank", {x}, {{"tol", literal_of(tol)}});
}
SymbolicTensor inv(const Operand& x) { return record("Inv", {x}); }
SymbolicTensor pinv(const Operand& x, std::optional<double> rcond) {
  return record("Pinv", {x}, {{"rcond", literal_of(rcond)}});
}
SymbolicTensor matrix_power(const Operand& x, int64_t n) { return record("MatrixPower", {x}, {{"n", n}}); }
SymbolicTensor cholesky_inverse(const Operand& x, bool upper) {
  return record("CholeskyInverse", {x}, {{"upper", upper}});
}
SymbolicTensor solve(const Argument& a, const Argument& b) { return record("Solve", {a, b}); }
SymbolicTensor solve_triangular(const Argument& a, const Argument& b, bool lower) {
  return record("SolveTriangular", {a, b}, {{"lower", lower}});
}
SymbolicTensor lstsq(const Argument& a, const Argument& b, std::optional<double> rcond) {
  return record("Lstsq", {a, b}, {{"rcond", literal_of(rcond)}});
}

}  // namespace graft
