#pragma once

#include <optional>

#include "graft/ops/builder.h"

namespace graft::ops {

/// dst = act(conv(src, weights) + bias)
class Conv final : public Primitive {
 public:
  explicit Conv(ConvArgs settings, std::optional<EltwiseArgs> act = {}) : args(std::move(settings)), activation(act) {}
  std::string_view name() const override { return "conv"; }
  std::string attributes() const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  std::shared_ptr<const Primitive> fused_with(const EltwiseArgs&) const override;
  const ConvArgs args;
  const std::optional<EltwiseArgs> activation;
};

/// diff_src from diff_dst and weights; also the transposed convolution.
class ConvBackwardData final : public Primitive {
 public:
  explicit ConvBackwardData(ConvArgs settings) : args(std::move(settings)) {}
  std::string_view name() const override { return "conv_backward_data"; }
  std::string attributes() const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const ConvArgs args;
};

/// diff_weights, and diff_bias when there is a second output, from src and diff_dst.
class ConvBackwardWeights final : public Primitive {
 public:
  explicit ConvBackwardWeights(ConvArgs settings) : args(std::move(settings)) {}
  std::string_view name() const override { return "conv_backward_weights"; }
  std::string attributes() const override;
  void realise(Lowering&, const Instruction&) const override;
  const ConvArgs args;
};

}  // namespace graft::ops
