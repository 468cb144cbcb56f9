// This file has the rectifier with a learned slope.

#include <limits>

#include "graft/core/error.h"
#include "graft/ops/kernels/blocks.h"
#include "graft/ops/lower/elementwise.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// Inputs: diff_dst, src, slope.
class PreluBackward final : public Primitive {
 public:
  std::string_view name() const override { return "prelu_backward"; }
  void realise(Lowering& lowering, const Instruction& self) const override {
    elementwise(lowering, self, "prelu_backward", true, prelu_gradient_block);
  }
};

/// Inputs: src, slope.
class Prelu final : public Primitive {
 public:
  std::string_view name() const override { return "prelu"; }
  Traits traits(const Program&, const Instruction&) const override { return {.row_inputs = {0}}; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override {
    const Value x = self.inputs[0], slope = self.inputs[1], dy = diff_dst[0];
    Values out(2);
    if (wanted[0]) out[0] = b.append(std::make_shared<PreluBackward>(), {dy, x, slope}, {b.dims(x)})[0];
    if (wanted[1])
      out[1] = b.sum_to(b.mul(dy, b.eltwise(x, Eltwise::clip, -std::numeric_limits<float>::max(), 0)), b.dims(slope));
    return out;
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    elementwise(lowering, self, "prelu", true, prelu_block);
  }
};

}  // namespace

Value Builder::prelu(Value x, Value slope) {
  if (broadcast_dims(*this, "prelu", {x, slope}) != dims(x))
    throw ShapeError(
        cat("prelu: the slope must broadcast to ", to_string(dims(x)), "; received ", to_string(dims(slope))));
  return append(std::make_shared<Prelu>(), {x, slope}, {dims(x)})[0];
}

}  // namespace graft::ops
