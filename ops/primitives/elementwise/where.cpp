// This file has the choice between two values, element by element.

#include "graft/ops/kernels/blocks.h"
#include "graft/ops/lower/elementwise.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

namespace {

/// Inputs: condition, a, b.
class Where final : public Primitive {
 public:
  std::string_view name() const override { return "where"; }
  Traits traits(const Program&, const Instruction&) const override { return {.cheap = true}; }

  Values gradient(Builder& b, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override {
    const Value condition = self.inputs[0], dy = diff_dst[0];
    Values out(3);
    if (wanted[1]) out[1] = b.sum_to(b.where(condition, dy, b.scalar(0)), b.dims(self.inputs[1]));
    if (wanted[2]) out[2] = b.sum_to(b.where(condition, b.scalar(0), dy), b.dims(self.inputs[2]));
    return out;
  }

  void realise(Lowering& lowering, const Instruction& self) const override {
    elementwise(lowering, self, "where", true, where_block);
  }
};

}  // namespace

Value Builder::where(Value condition, Value a, Value b) {
  const Dims dims = broadcast_dims(*this, "where", {condition, a, b});
  return append(std::make_shared<Where>(), {condition, a, b}, {dims})[0];
}

}  // namespace graft::ops
