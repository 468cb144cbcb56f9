#pragma once

#include <optional>

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Computes dst = act(src x weights + bias), with the weights in Keras's order (I, O).
class InnerProduct final : public Primitive, public HasWays, public TakesFunction {
 public:
  explicit InnerProduct(std::optional<EltwiseArgs> act = {}) : activation(act) {}
  std::string_view name() const override { return "inner_product"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.row_inputs = {0}, .low_precision = {LowPrecision::always, {0}, {0}}};
  }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  std::vector<std::string_view> ways(const Program&, const Instruction&) const override;
  std::shared_ptr<const Primitive> fused_with(const EltwiseArgs&) const override;
  const std::optional<EltwiseArgs> activation;
};

}  // namespace graft::ops
