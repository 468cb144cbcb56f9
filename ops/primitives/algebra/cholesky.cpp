// This file has Cholesky's factor of a symmetric matrix. Its gradient is that of a function of the whole matrix, as in
// TensorFlow: symmetric too.

#include "graft/core/error.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/algebra/matrices.h"

namespace graft::ops {

namespace {

class Cholesky final : public OnMatrices {
 public:
  std::string_view name() const override { return "cholesky"; }

  // L^-T P L^-1, made symmetric, where P is the lower triangle of L^T dL with half of its diagonal.
  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    const Value l = self.outputs[0];
    const Value product = b.matmul(l, diff_dst[0], true);
    const Value half = b.mul(product, triangles(b, b.dims(l), 1, 0.5f, 0));
    const Value left = b.solve_triangular(l, half, true, true);
    const Value both = b.solve_triangular(l, transposed(b, left), true, true);
    return {b.scale(b.add(both, transposed(b, both)), 0.5f)};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.inputs[0]);
    lowering.kernel(self, "cholesky", {lowering.row_major(self.inputs[0])},
                    {lowering.define(self.outputs[0], onednn::row_major(dims))},
                    [m = matrices_of(dims)](const Run& run, std::span<void* const> p) {
                      cholesky(run.threads, m, in(p[0]), out(p[1]));
                    });
  }
};

}  // namespace

Value Builder::cholesky(Value a) {
  check_square("cholesky", dims(a));
  return append(std::make_shared<Cholesky>(), {a}, {dims(a)})[0];
}

}  // namespace graft::ops
