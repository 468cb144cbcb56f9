// This file has eigenvalues of symmetric matrices, singular values, and the pseudo-inverse that is made of them.
// Gradients of vectors are finite only where no two values are equal.

#include "graft/core/error.h"
#include "graft/ops/kernels/algebra/jacobi.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/algebra/matrices.h"

namespace graft::ops {

namespace {

// Memory for `doubles` doubles for each matrix.
Operand work(Lowering& lowering, const Matrices& m, int64_t doubles) {
  return lowering.scratch(onednn::row_major({m.count * doubles * 2}));
}

double* doubles(void* operand) { return static_cast<double*>(operand); }

// 1 / (x_k - x_i) beside the diagonal, 0 on it.
Value inverse_differences(Builder& b, Value x) {
  const Value differences = b.sub(for_columns(b, x), for_rows(b, x));
  const Value unit = triangles(b, b.dims(differences), 0, 1, 0);
  return b.sub(b.eltwise(b.add(differences, unit), Eltwise::reciprocal), unit);
}

class Eigh final : public OnMatrices {
 public:
  std::string_view name() const override { return "eigh"; }

  // V (diag(dw) + F (V^T dV)) V^T, where F has 1 / (w_k - w_i).
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const Value values = self.outputs[0], vectors = self.outputs[1];
    const Value turned =
        diff_dst[1] ? b.matmul(vectors, b.mul(inverse_differences(b, values), b.matmul(vectors, diff_dst[1], true)))
                    : Value{};
    const Value grown = diff_dst[0] ? b.mul(vectors, for_columns(b, diff_dst[0])) : Value{};
    const Value diff = b.matmul(sum_of(b, grown, turned), vectors, false, true);
    return {b.scale(b.add(diff, transposed(b, diff)), 0.5f)};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.inputs[0]);
    const Matrices m = matrices_of(dims);
    lowering.kernel(self, "eigh", {lowering.row_major(self.inputs[0])},
                    {lowering.define(self.outputs[0], onednn::row_major(with_row(dims, m.rows))),
                     lowering.define(self.outputs[1], onednn::row_major(dims)), work(lowering, m, eigh_work(m))},
                    [m](const Run& run, std::span<void* const> p) {
                      eigh(run.threads, m, in(p[0]), {out(p[1]), out(p[2]), doubles(p[3])});
                    });
  }
};

/// Outputs: U, s, V.
class Svd final : public OnMatrices {
 public:
  std::string_view name() const override { return "svd"; }

  // U diag(ds) V^T, and for the vectors the formula of J. Townsend, Differentiating the Singular Value Decomposition.
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const Value u = self.outputs[0], s = self.outputs[1], v = self.outputs[2];
    const Value values = diff_dst[1] ? b.matmul(b.mul(u, for_columns(b, diff_dst[1])), v, false, true) : Value{};
    const Value left = diff_dst[0] ? b.matmul(turned(b, u, s, diff_dst[0]), v, false, true) : Value{};
    const Value right = diff_dst[2] ? b.matmul(u, turned(b, v, s, diff_dst[2]), false, true) : Value{};
    return {sum_of(b, values, sum_of(b, left, right))};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Matrices m = matrices_of(lowering.dims(self.inputs[0]));
    const auto result = [&](size_t i) {
      return lowering.define(self.outputs[i], onednn::row_major(lowering.dims(self.outputs[i])));
    };
    lowering.kernel(self, "svd", {lowering.row_major(self.inputs[0])},
                    {result(0), result(1), result(2), work(lowering, m, svd_work(m))},
                    [m](const Run& run, std::span<void* const> p) {
                      svd(run.threads, m, in(p[0]), {out(p[1]), out(p[2]), out(p[3]), doubles(p[4])});
                    });
  }

 private:
  // X (F (X^T dX - dX^T X)) S + (I - X X^T) dX S^-1 for the vectors X of one side, where F has 1 / (s_k^2 - s_i^2).
  static Value turned(Builder& b, Value x, Value s, Value diff) {
    const Value product = b.matmul(x, diff, true);
    const Value inside =
        b.mul(inverse_differences(b, b.eltwise(s, Eltwise::square)), b.sub(product, transposed(b, product)));
    const Value within = b.mul(b.matmul(x, inside), for_columns(b, s));
    const Value outside = b.sub(diff, b.matmul(x, product));
    return b.add(within, b.div(outside, for_columns(b, s)));
  }
};

}  // namespace

Values Builder::eigh(Value a) {
  check_square("eigh", dims(a));
  return append(std::make_shared<Eigh>(), {a}, {with_row(dims(a), dims(a).back()), dims(a)});
}

Values Builder::svd(Value a) {
  check_matrices("svd", dims(a));
  const Matrices m = matrices_of(dims(a));
  return append(
      std::make_shared<Svd>(), {a},
      {with_matrix(dims(a), m.rows, m.rank()), with_row(dims(a), m.rank()), with_matrix(dims(a), m.columns, m.rank())});
}

// V 1/s U^T over the singular values that count.
static Value by_singular_values(Builder& b, Value a, float tolerance) {
  const Values factors = b.svd(a);
  const Value s = factors[1];
  const Value largest = b.reduce(Reduction::max, s, {static_cast<int>(b.dims(s).size()) - 1});
  const Value kept = b.binary(Binary::gt, s, b.scale(largest, tolerance));
  const Value inverses = b.mul(kept, b.eltwise(b.where(kept, s, b.scalar(1)), Eltwise::reciprocal));
  return b.matmul(b.mul(factors[2], for_columns(b, inverses)), factors[0], false, true);
}

// In training P A P = P is written out, with P itself as a constant: its gradient is that of the pseudo-inverse, and
// finite where singular values are equal.
Value Builder::pseudo_inverse(Value a, float tolerance) {
  check_matrices("pseudo_inverse", dims(a));
  if (!training()) return by_singular_values(*this, a, tolerance);
  const Value fixed = stop_gradient(a), p = stop_gradient(by_singular_values(*this, fixed, tolerance));
  const auto complement = [&](Value projection) {
    return sub(triangles(*this, dims(projection), 0, 1, 0), projection);
  };
  const Value within = matmul(matmul(p, a), p);
  const Value rows = matmul(matmul(matmul(p, p, false, true), a, false, true), complement(matmul(fixed, p)));
  const Value columns = matmul(complement(matmul(p, fixed)), matmul(matmul(a, p, true, true), p));
  return add(sub(scale(p, 2), within), add(rows, columns));
}

}  // namespace graft::ops
