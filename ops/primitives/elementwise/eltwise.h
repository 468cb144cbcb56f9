#pragma once

#include <optional>

#include "graft/core/onednn.h"
#include "graft/ops/kernels/base/activation.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Computes dst[i] = f(src[i]), by oneDNN's primitive where it has f, else by one of Graft's loops.
class EltwiseForward final : public Primitive {
 public:
  explicit EltwiseForward(EltwiseArgs settings) : args(settings) {}
  std::string_view name() const override { return "eltwise"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const EltwiseArgs args;
};

/// True for the gradient of an elementwise function of oneDNN. Its inputs are diff_dst, and the function's src or dst.
bool is_eltwise_backward(const Instruction& instruction);
std::string eltwise_text(const EltwiseArgs& args);  ///< "relu alpha=0.2"
bool has_onednn_algorithm(Eltwise algorithm);
dnnl::algorithm onednn_algorithm(Eltwise algorithm);  ///< throws GraphError where there is none
dnnl::post_ops eltwise_post_op(const EltwiseArgs& args);
/// Converts relu or clip to the form that the kernels take; without a function it gives none.
KernelActivation kernel_activation(const std::optional<EltwiseArgs>& function);

}  // namespace graft::ops
