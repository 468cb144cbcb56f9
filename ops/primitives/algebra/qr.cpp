// This file has the factors of a matrix of which one is orthogonal and the other a triangle.

#include "graft/ops/kernels/algebra/qr.h"

#include "graft/core/error.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/algebra/matrices.h"

namespace graft::ops {

namespace {

class Qr final : public OnMatrices {
 public:
  explicit Qr(bool complete) : complete_(complete) {}
  std::string_view name() const override { return "qr"; }
  std::string attributes() const override { return complete_ ? "complete" : ""; }

  // (dQ + Q S) R^-T, where S is symmetric and its lower triangle is that of R dR^T - dQ^T Q.
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const Value q = self.outputs[0], r = self.outputs[1];
    if (matrices_of(b.dims(q)).columns != matrices_of(b.dims(r)).columns)
      throw GraphError("qr has a gradient only where R is square").who(self.label);
    const Value from_r = diff_dst[1] ? b.matmul(r, diff_dst[1], false, true) : Value{};
    const Value from_q = diff_dst[0] ? b.scale(b.matmul(diff_dst[0], q, true), -1) : Value{};
    const Value m = sum_of(b, from_r, from_q);
    const Value symmetric =
        b.add(b.mul(m, triangles(b, b.dims(m), 1, 1, 0)), transposed(b, b.mul(m, triangles(b, b.dims(m), 1, 0, 0))));
    const Value product = sum_of(b, diff_dst[0], b.matmul(q, symmetric));
    return {transposed(b, b.solve_triangular(r, transposed(b, product), false))};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims &dims = lowering.dims(self.inputs[0]), &q = lowering.dims(self.outputs[0]);
    const Matrices m = matrices_of(dims);
    lowering.kernel(
        self, "qr", {lowering.row_major(self.inputs[0])},
        {lowering.define(self.outputs[0], onednn::row_major(q)),
         lowering.define(self.outputs[1], onednn::row_major(lowering.dims(self.outputs[1]))),
         lowering.scratch(onednn::row_major(dims)), lowering.scratch(onednn::row_major(with_row(dims, m.rank())))},
        [m, columns = q.back()](const Run& run, std::span<void* const> p) {
          qr_factors(run.threads, m, columns, in(p[0]), {out(p[1]), out(p[2]), out(p[3]), out(p[4])});
        });
  }

 private:
  bool complete_;
};

}  // namespace

Values Builder::qr(Value a, bool complete) {
  check_matrices("qr", dims(a));
  const Matrices m = matrices_of(dims(a));
  const int64_t inner = complete ? m.rows : m.rank();
  return append(std::make_shared<Qr>(complete), {a},
                {with_matrix(dims(a), m.rows, inner), with_matrix(dims(a), inner, m.columns)});
}

}  // namespace graft::ops
