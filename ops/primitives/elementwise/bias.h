#pragma once

#include <optional>

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Computes dst = f(src + bias), with the bias (C) along dims[1]; f is the identity or an elementwise function. It is a
/// separate loop because, behind a transposed convolution, oneDNN 2.6's bias and post-ops are slower than the
/// convolution itself.
class Bias final : public Primitive, public TakesFunction {
 public:
  explicit Bias(std::optional<EltwiseArgs> function = {}) : activation(function) {}
  std::string_view name() const override { return "bias"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.owns_results = true,
            .same_for_any_threads = true,
            .cheap = true,
            .row_inputs = {0},
            .low_precision = {LowPrecision::following, {0}, {0}}};
  }
  std::shared_ptr<const Primitive> fused_with(const EltwiseArgs& function) const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const std::optional<EltwiseArgs> activation;
};

}  // namespace graft::ops
