#pragma once

#include <optional>

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// dst = f(src + bias), the bias (C) along dims[1]; f is nothing or an elementwise function. Own loop: behind a
/// transposed convolution, oneDNN 2.6's bias and post-ops are slower than the convolution.
class Bias final : public Primitive {
 public:
  explicit Bias(std::optional<EltwiseArgs> function = {}) : activation(function) {}
  std::string_view name() const override { return "bias"; }
  std::vector<size_t> row_inputs(const Program&, const Instruction&) const override { return {0}; }
  bool owns_results() const override { return true; }
  bool same_for_any_threads() const override { return true; }
  std::string attributes() const override;
  std::shared_ptr<const Primitive> fused_with(const EltwiseArgs& function) const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  LowPrecision low_precision(const Program&, const Instruction&) const override {
    return {LowPrecision::following, {0}, {0}};
  }
  const std::optional<EltwiseArgs> activation;
};

}  // namespace graft::ops
