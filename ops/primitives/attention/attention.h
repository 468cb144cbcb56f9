#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Computes softmax(scale query key^T) value for each head, where shares may be masked and dropped. It runs in Graft's
/// loops, which never store all scores. Inputs: query, key, value and the mask, which may be empty; outputs: dst, and
/// for the gradient two statistics of each row of scores.
class Attention final : public Primitive {
 public:
  Attention(const AttentionArgs& settings, uint64_t stream) : args(settings), salt(stream) {}
  std::string_view name() const override { return "attention"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const AttentionArgs args;
  const uint64_t salt;  ///< of dropout
};

/// Inputs: diff_dst, query, key, value, dst, the statistics, mask; outputs: diff_query, diff_key, diff_value.
class AttentionBackward final : public Primitive {
 public:
  AttentionBackward(const AttentionArgs& settings, uint64_t stream) : args(settings), salt(stream) {}
  std::string_view name() const override { return "attention_backward"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const AttentionArgs args;
  const uint64_t salt;
};

}  // namespace graft::ops
