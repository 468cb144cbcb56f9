#pragma once

#include <optional>

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// dst = (src - mean) / sqrt(variance + epsilon) gamma + beta with given statistics: what folding looks for.
/// Inputs: src, gamma or empty, beta or empty, mean, variance.
class BatchNormInference final : public Primitive {
 public:
  explicit BatchNormInference(float added) : epsilon(added) {}
  std::string_view name() const override { return "batch_norm_inference"; }
  std::vector<size_t> row_inputs(const Program&, const Instruction&) const override { return {0}; }
  bool owns_results() const override { return true; }
  std::string attributes() const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  LowPrecision low_precision(const Program&, const Instruction&) const override {
    return {LowPrecision::following, {0}, {0}};
  }
  const float epsilon;
};

/// The same with the statistics of the batch, and perhaps with a function applied to dst (norm_can_fuse).
/// Inputs: src, gamma or empty, beta or empty; outputs: dst, mean, variance.
class BatchNormTraining final : public Primitive {
 public:
  explicit BatchNormTraining(float added, std::optional<EltwiseArgs> function = {})
      : epsilon(added), activation(function) {}
  std::string_view name() const override { return "batch_norm_training"; }
  std::string attributes() const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  LowPrecision low_precision(const Program&, const Instruction&) const override {
    return {LowPrecision::following, {0}, {0}};
  }
  const float epsilon;
  const std::optional<EltwiseArgs> activation;
};

/// Inputs: diff_dst, src, gamma, beta, mean, variance; outputs: diff_src, then diff_gamma and diff_beta as there are.
class BatchNormBackward final : public Primitive {
 public:
  explicit BatchNormBackward(float added, std::optional<EltwiseArgs> function = {})
      : epsilon(added), activation(function) {}
  std::string_view name() const override { return "batch_norm_backward"; }
  std::string attributes() const override;
  void realise(Lowering&, const Instruction&) const override;
  LowPrecision low_precision(const Program&, const Instruction&) const override {
    return {LowPrecision::following, {0, 1}, {0}};
  }
  const float epsilon;
  const std::optional<EltwiseArgs> activation;
};

/// The functions that a training normalisation takes with it: relu and clip.
bool norm_can_fuse(const EltwiseArgs& function);

/// Emits gamma / sqrt(variance + epsilon) and beta - mean times that, both (C): dst = src scale + shift.
struct ScaleShift {
  Value scale, shift;
};
ScaleShift batch_norm_scale_shift(Builder& builder, Value gamma, Value beta, Value mean, Value variance, float epsilon);

}  // namespace graft::ops
