#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// "max", "avg_exclude_padding" or "avg_include_padding".
const char* pooling_text(Pooling algorithm);

/// Computes a pooling. Outputs: dst, and when a max pooling is trained also the workspace, which records which pixel
/// won.
class PoolForward final : public Primitive {
 public:
  explicit PoolForward(PoolArgs pool_args) : args(std::move(pool_args)) {}
  std::string_view name() const override { return "pool"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {
        .owns_results = true, .cheap = true, .row_inputs = {0}, .low_precision = {LowPrecision::following, {0}, {0}}};
  }
  Values gradient(Builder& builder, const Instruction& self, std::span<const Value> diff_dst,
                  const std::vector<bool>& wanted) const override;
  void realise(Lowering& lowering, const Instruction& self) const override;

  const PoolArgs args;
};

/// Computes the gradient of a pooling. Inputs: diff_dst, and for max the workspace.
class PoolBackward final : public Primitive {
 public:
  explicit PoolBackward(PoolArgs pool_args) : args(std::move(pool_args)) {}
  std::string_view name() const override { return "pool_backward"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.low_precision = {LowPrecision::following, {0}, {0}}};
  }
  void realise(Lowering& lowering, const Instruction& self) const override;

  const PoolArgs args;
};

}  // namespace graft::ops
