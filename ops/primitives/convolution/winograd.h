#pragma once

#include <optional>

#include "graft/ops/kernels/winograd/gradient.h"
#include "graft/ops/kernels/winograd/winograd.h"
#include "graft/ops/lower/conv_speed.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

/// The settings, the kernel and the direction that all instructions of one convolution by Winograd's minimal filtering
/// (kernels/winograd) share. The pass use_winograd decides where it is used.
struct WinogradArgs {
  ConvArgs conv;
  Dims kernel;              ///< (O, I, KH, KW)
  bool transposed = false;  ///< computes diff_src from diff_dst
};

/// Returns the kernel that computes the convolution, or nothing where Winograd's filters do not fit. They need two
/// spatial axes, no groups and no dilation, in each axis 2 or 3 taps for each pixel of a stride, and channels that fill
/// vectors.
std::optional<WinogradConv> winograd_conv(const WinogradArgs& args, const Dims& from, const Dims& to);
std::optional<WinogradGradient> winograd_gradient(const ConvDims& dims, const ConvArgs& args);
/// True if that kernel can apply the function to its dst.
bool winograd_activation(const EltwiseArgs& function);

/// Brings weights (O, I, KH, KW) to the points, in the layout that the kernel of winograd_conv reads.
class WinogradWeights final : public Primitive {
 public:
  explicit WinogradWeights(WinogradArgs settings) : args(std::move(settings)) {}
  std::string_view name() const override { return "winograd_weights"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override { return {.same_for_any_threads = true}; }
  void realise(Lowering&, const Instruction&) const override;
  const WinogradArgs args;
};

/// Computes dst = act(conv(src, weights) + bias + summand). The weights come from WinogradWeights; bias and summand may
/// be missing.
class WinogradForward final : public Primitive {
 public:
  explicit WinogradForward(WinogradArgs settings, std::optional<EltwiseArgs> act = {})
      : args(std::move(settings)), activation(act) {}
  std::string_view name() const override { return args.transposed ? "winograd_conv_backward_data" : "winograd_conv"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.owns_results = true, .same_for_any_threads = true, .row_inputs = {0, 3}};
  }
  void realise(Lowering&, const Instruction&) const override;
  const WinogradArgs args;
  const std::optional<EltwiseArgs> activation;
};

/// Computes diff_weights from src and diff_dst.
class WinogradBackwardWeights final : public Primitive {
 public:
  explicit WinogradBackwardWeights(WinogradArgs settings) : args(std::move(settings)) {}
  std::string_view name() const override { return "winograd_conv_backward_weights"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override { return {.same_for_any_threads = true}; }
  void realise(Lowering&, const Instruction&) const override;
  const WinogradArgs args;
};

}  // namespace graft::ops
