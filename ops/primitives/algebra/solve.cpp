// This file has systems of linear equations, and the inverse, which is the solution for unit vectors.

#include "graft/ops/kernels/algebra/solve.h"

#include "graft/core/error.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/algebra/matrices.h"

namespace graft::ops {

namespace {

// The gradient of the left sides: -db x^T, or its transpose where a is read transposed.
Value left_gradient(Builder& b, Value diff_right, Value x, bool transpose) {
  const Value product = transpose ? b.matmul(x, diff_right, false, true) : b.matmul(diff_right, x, false, true);
  return b.scale(product, -1);
}

class SolveTriangular final : public OnMatrices {
 public:
  SolveTriangular(bool lower, bool transpose) : lower_(lower), transpose_(transpose) {}
  std::string_view name() const override { return "solve_triangular"; }
  std::string attributes() const override { return cat(lower_ ? "lower" : "upper", transpose_ ? " a^T" : ""); }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override {
    const Value a = self.inputs[0];
    const Value right = b.solve_triangular(a, diff_dst[0], lower_, !transpose_);
    if (!wanted[0]) return {Value{}, right};
    const Value whole = left_gradient(b, right, self.outputs[0], transpose_);
    return {b.mul(whole, triangles(b, b.dims(a), lower_, 1, !lower_)), right};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.inputs[1]);
    lowering.kernel(
        self, "solve_triangular", {lowering.row_major(self.inputs[0]), lowering.row_major(self.inputs[1])},
        {lowering.define(self.outputs[0], onednn::row_major(dims))},
        [system = TriangleSystem{matrices_of(dims), lower_, transpose_}](const Run& run, std::span<void* const> p) {
          solve_triangles(run.threads, system, in(p[0]), in(p[1]), out(p[2]));
        });
  }

 private:
  bool lower_, transpose_;
};

class Solve final : public OnMatrices {
 public:
  explicit Solve(bool transpose) : transpose_(transpose) {}
  std::string_view name() const override { return "solve"; }
  std::string attributes() const override { return transpose_ ? "a^T" : ""; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override {
    const Value right = b.solve(self.inputs[0], diff_dst[0], !transpose_);
    return {wanted[0] ? left_gradient(b, right, self.outputs[0], transpose_) : Value{}, right};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &left = lowering.dims(self.inputs[0]), &right = lowering.dims(self.inputs[1]);
    lowering.kernel(
        self, "solve", {lowering.row_major(self.inputs[0]), lowering.row_major(self.inputs[1])},
        {lowering.define(self.outputs[0], onednn::row_major(right)), lowering.scratch(onednn::row_major(left)),
         lowering.scratch(onednn::row_major(with_row(left, left.back())))},
        [system = System{matrices_of(right), transpose_}](const Run& run, std::span<void* const> p) {
          solve_systems(run.threads, system, in(p[0]), in(p[1]), out(p[2]), out(p[3]), out(p[4]));
        });
  }

 private:
  bool transpose_;
};

void check_system(const char* name, const Dims& a, const Dims& b) {
  check_square(name, a);
  if (b.size() != a.size() || b != with_matrix(a, a.back(), b.back()))
    throw ShapeError(cat(name, ": needs right sides (..., ", a.back(), ", columns) for matrices ", to_string(a),
                         "; received ", to_string(b)));
}

}  // namespace

Value Builder::solve_triangular(Value a, Value b, bool lower, bool transpose) {
  check_system("solve_triangular", dims(a), dims(b));
  return append(std::make_shared<SolveTriangular>(lower, transpose), {a, b}, {dims(b)})[0];
}

Value Builder::solve(Value a, Value b, bool transpose) {
  check_system("solve", dims(a), dims(b));
  return append(std::make_shared<Solve>(transpose), {a, b}, {dims(b)})[0];
}

Value Builder::inverse(Value a) {
  check_square("inverse", dims(a));
  return solve(a, broadcast_to(triangles(*this, dims(a), 0, 1, 0), dims(a)));
}

}  // namespace graft::ops
