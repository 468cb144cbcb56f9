#pragma once

#include <optional>

#include "graft/ops/kernels/winograd/gradient.h"
#include "graft/ops/kernels/winograd/winograd.h"
#include "graft/ops/lower/conv_speed.h"
#include "graft/ops/program/builder.h"

namespace graft::ops {

/// What all instructions of a convolution by Winograd's minimal filtering (kernels/winograd) agree on: the settings,
/// the kernel and the direction. The pass use_winograd decides where it is used.
struct WinogradArgs {
  ConvArgs conv;
  Dims kernel;              ///< (O, I, KH, KW)
  bool transposed = false;  ///< from diff_dst to diff_src
};

/// The kernel that computes it; nothing where Winograd's filters do not fit: two spatial axes, no groups or dilation,
/// in each axis 2 or 3 taps for each pixel of a stride, channels that fill vectors.
std::optional<WinogradConv> winograd_conv(const WinogradArgs& args, const Dims& from, const Dims& to);
std::optional<WinogradGradient> winograd_gradient(const ConvDims& dims, const ConvArgs& args);
/// True where that kernel has code for applying the function to its dst.
bool winograd_activation(const EltwiseArgs& function);

/// Weights (O, I, KH, KW) at the points, as winograd_conv reads them.
class WinogradWeights final : public Primitive {
 public:
  explicit WinogradWeights(WinogradArgs settings) : args(std::move(settings)) {}
  std::string_view name() const override { return "winograd_weights"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override { return {.same_for_any_threads = true}; }
  void realise(Lowering&, const Instruction&) const override;
  const WinogradArgs args;
};

/// dst = act(conv(src, weights) + bias + summand); weights are WinogradWeights, bias and summand may be missing.
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

/// diff_weights from src and diff_dst.
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
