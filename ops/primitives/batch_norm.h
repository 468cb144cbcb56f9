#pragma once

#include "graft/ops/builder.h"

namespace graft::ops {

/// dst = (src - mean) / sqrt(variance + epsilon) gamma + beta with given statistics: what folding looks for.
/// Inputs: src, gamma or empty, beta or empty, mean, variance.
class BatchNormInference final : public Primitive {
 public:
  explicit BatchNormInference(float added) : epsilon(added) {}
  std::string_view name() const override { return "batch_norm_inference"; }
  std::string attributes() const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const float epsilon;
};

/// Emits gamma / sqrt(variance + epsilon) and beta - mean times that, both (C): dst = src scale + shift.
struct ScaleShift {
  Value scale, shift;
};
ScaleShift batch_norm_scale_shift(Builder& builder, Value gamma, Value beta, Value mean, Value variance, float epsilon);

}  // namespace graft::ops
