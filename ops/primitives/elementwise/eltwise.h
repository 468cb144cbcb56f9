#pragma once

#include <optional>

#include "graft/core/onednn.h"
#include "graft/ops/kernels/activation.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

/// dst[i] = f(src[i]); where oneDNN has f, its primitive, else an own loop.
class EltwiseForward final : public Primitive {
 public:
  explicit EltwiseForward(EltwiseArgs settings) : args(settings) {}
  std::string_view name() const override { return "eltwise"; }
  std::vector<size_t> row_inputs(const Program&, const Instruction&) const override { return {0}; }
  bool owns_results() const override { return true; }
  bool same_for_any_threads() const override { return true; }
  std::string attributes() const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  LowPrecision low_precision(const Program&, const Instruction&) const override;
  const EltwiseArgs args;
};

std::string eltwise_text(const EltwiseArgs& args);  ///< "relu alpha=0.2"
bool has_onednn_algorithm(Eltwise algorithm);
dnnl::algorithm onednn_algorithm(Eltwise algorithm);  ///< throws GraphError where there is none
dnnl::post_ops eltwise_post_op(const EltwiseArgs& args);
/// relu and clip as own kernels take them; none where there is no function.
KernelActivation kernel_activation(const std::optional<EltwiseArgs>& function);

}  // namespace graft::ops
