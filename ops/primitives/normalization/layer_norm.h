#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Computes dst = gamma (src - mean) / sqrt(variance + epsilon) + beta, with the mean and variance of each row; a row
/// is the last `axes` axes, counted channels last. It runs in Graft's loops, because oneDNN 2.6 has only a simple one.
/// Inputs: src, gamma, beta; outputs: dst, and for the gradient mean and rsqrt = 1 / sqrt(variance + epsilon) of each
/// row.
class LayerNorm final : public Primitive {
 public:
  LayerNorm(int count, float added) : axes(count), epsilon(added) {}
  std::string_view name() const override { return "layer_norm"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true,
            .cheap = true,
            .row_inputs = {0},
            .low_precision = {LowPrecision::following, {0}, {0}}};
  }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const int axes;
  const float epsilon;
};

/// Inputs: diff_dst, src, gamma, mean, rsqrt; outputs: diff_src, diff_gamma, diff_beta.
class LayerNormBackward final : public Primitive {
 public:
  std::string_view name() const override { return "layer_norm_backward"; }
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true, .low_precision = {LowPrecision::following, {0, 1}, {0}}};
  }
  void realise(Lowering&, const Instruction&) const override;
};

}  // namespace graft::ops
