// This file has the factors of a matrix by elimination, and its determinant, which is the product of their diagonal.

#include "graft/core/error.h"
#include "graft/ops/lower/layout.h"
#include "graft/ops/primitives/algebra/matrices.h"

namespace graft::ops {

namespace {

/// It has no gradient.
class Lu final : public OnMatrices {
 public:
  std::string_view name() const override { return "lu"; }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.inputs[0]);
    const Operand factors = lowering.define(self.outputs[0], onednn::row_major(dims));
    const Operand order = lowering.define(self.outputs[1], onednn::row_major(lowering.dims(self.outputs[1])));
    lowering.kernel(self, "lu", {lowering.row_major(self.inputs[0])}, {factors, order},
                    [m = matrices_of(dims)](const Run& run, std::span<void* const> p) {
                      lu_factors(run.threads, m, in(p[0]), out(p[1]), out(p[2]));
                    });
  }
};

// The gradient of the logarithm of a determinant is the transpose of the inverse.
Value times_inverse(Builder& b, Value a, Value factor) {
  const Dims single = with_matrix(b.dims(a), 1, 1);
  return b.mul(transposed(b, b.inverse(a)), b.reshape(factor, single));
}

class Determinant final : public OnMatrices {
 public:
  std::string_view name() const override { return "determinant"; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {times_inverse(b, self.inputs[0], b.mul(diff_dst[0], self.outputs[0]))};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.inputs[0]);
    lowering.kernel(
        self, "determinant", {lowering.row_major(self.inputs[0])},
        {lowering.define(self.outputs[0], onednn::row_major(batch_dims(dims))),
         lowering.scratch(onednn::row_major(dims)), lowering.scratch(onednn::row_major(with_row(dims, dims.back())))},
        [m = matrices_of(dims)](const Run& run, std::span<void* const> p) {
          determinants(run.threads, m, in(p[0]), out(p[2]), out(p[3]), out(p[1]));
        });
  }
};

/// Outputs: the sign, which has no gradient, and the logarithm.
class SignLogDet final : public OnMatrices {
 public:
  std::string_view name() const override { return "sign_log_det"; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>&) const override {
    return {diff_dst[1] ? times_inverse(b, self.inputs[0], diff_dst[1]) : Value{}};
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    const Dims& dims = lowering.dims(self.inputs[0]);
    const memory::desc numbers = onednn::row_major(batch_dims(dims));
    lowering.kernel(
        self, "sign_log_det", {lowering.row_major(self.inputs[0])},
        {lowering.define(self.outputs[0], numbers), lowering.define(self.outputs[1], numbers),
         lowering.scratch(onednn::row_major(dims)), lowering.scratch(onednn::row_major(with_row(dims, dims.back())))},
        [m = matrices_of(dims)](const Run& run, std::span<void* const> p) {
          log_determinants(run.threads, m, in(p[0]), out(p[3]), out(p[4]), {out(p[1]), out(p[2])});
        });
  }
};

}  // namespace

Value Builder::determinant(Value a) {
  check_square("determinant", dims(a));
  return append(std::make_shared<Determinant>(), {a}, {batch_dims(dims(a))})[0];
}

Values Builder::sign_log_det(Value a) {
  check_square("sign_log_det", dims(a));
  return append(std::make_shared<SignLogDet>(), {a}, {batch_dims(dims(a)), batch_dims(dims(a))});
}

Values Builder::lu(Value a) {
  check_matrices("lu", dims(a));
  return append(std::make_shared<Lu>(), {a}, {dims(a), with_row(dims(a), matrices_of(dims(a)).rows)});
}

}  // namespace graft::ops
