#pragma once

#include <optional>

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Computes dst = (src - mean) / sqrt(variance + epsilon) gamma + beta with given statistics. The pass fold_batch_norm
/// folds it into its neighbours where it can. Inputs: src, gamma or empty, beta or empty, mean, variance.
class BatchNormInference final : public Primitive {
 public:
  explicit BatchNormInference(float added) : epsilon(added) {}
  std::string_view name() const override { return "batch_norm_inference"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {
        .owns_results = true, .cheap = true, .row_inputs = {0}, .low_precision = {LowPrecision::following, {0}, {0}}};
  }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const float epsilon;
};

/// Computes the same with the statistics of the batch, and may apply a function to dst (norm_can_fuse).
/// Inputs: src, gamma or empty, beta or empty; outputs: dst, mean, variance.
class BatchNormTraining final : public Primitive {
 public:
  explicit BatchNormTraining(float added, std::optional<EltwiseArgs> function = {})
      : epsilon(added), activation(function) {}
  std::string_view name() const override { return "batch_norm_training"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.cheap = true, .low_precision = {LowPrecision::following, {0}, {0}}};
  }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const float epsilon;
  const std::optional<EltwiseArgs> activation;
};

/// Inputs: diff_dst, src, gamma, beta, mean, variance; outputs: diff_src, then diff_gamma and diff_beta for those of
/// gamma and beta that exist.
class BatchNormBackward final : public Primitive {
 public:
  explicit BatchNormBackward(float added, std::optional<EltwiseArgs> function = {})
      : epsilon(added), activation(function) {}
  std::string_view name() const override { return "batch_norm_backward"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.low_precision = {LowPrecision::following, {0, 1}, {0}}};
  }
  void realise(Lowering&, const Instruction&) const override;
  const float epsilon;
  const std::optional<EltwiseArgs> activation;
};

/// The functions that a training normalisation can apply to its dst: relu and clip.
bool norm_can_fuse(const EltwiseArgs& function);

/// Emits gamma / sqrt(variance + epsilon) and beta - mean times that, both (C): dst = src scale + shift.
struct ScaleShift {
  Value scale, shift;
};
ScaleShift batch_norm_scale_shift(Builder& builder, Value gamma, Value beta, Value mean, Value variance, float epsilon);

}  // namespace graft::ops
