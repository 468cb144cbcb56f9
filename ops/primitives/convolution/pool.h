#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Outputs: dst; in training of max also the workspace that tells the backward pass which pixel won.
class PoolForward final : public Primitive {
 public:
  explicit PoolForward(PoolArgs pool_args) : args(std::move(pool_args)) {}
  std::string_view name() const override { return "pool"; }
  std::vector<size_t> row_inputs(const Program&, const Instruction&) const override { return {0}; }
  bool owns_results() const override { return true; }
  std::string attributes() const override;
  LowPrecision low_precision(const Program&, const Instruction&) const override {
    return {LowPrecision::following, {0}, {0}};
  }
  Values gradient(Builder& builder, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override;
  void realise(Lowering& lowering, const Instruction& self) const override;

  const PoolArgs args;
};

}  // namespace graft::ops
