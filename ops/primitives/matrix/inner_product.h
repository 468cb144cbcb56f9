#pragma once

#include <optional>

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// dst = act(src x weights + bias); weights in Keras's order (I, O).
class InnerProduct final : public Primitive {
 public:
  explicit InnerProduct(std::optional<EltwiseArgs> act = {}) : activation(act) {}
  std::string_view name() const override { return "inner_product"; }
  std::vector<size_t> row_inputs(const Program&, const Instruction&) const override { return {0}; }
  std::string attributes() const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  LowPrecision low_precision(const Program&, const Instruction&) const override {
    return {LowPrecision::always, {0}, {0}};
  }
  std::vector<std::string_view> ways(const Program&, const Instruction&) const override;
  std::shared_ptr<const Primitive> fused_with(const EltwiseArgs&) const override;
  const std::optional<EltwiseArgs> activation;
};

}  // namespace graft::ops
