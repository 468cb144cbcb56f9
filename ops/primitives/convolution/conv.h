#pragma once

#include <optional>

#include "graft/ops/program/builder.h"
#include "graft/ops/program/program_index.h"

namespace graft::ops {

std::string conv_text(const ConvArgs& args);  ///< "strides=2x2 padding=1x1,2x2"

/// Computes dst = act(conv(src, weights) + bias), or act(conv(src, weights) + bias + summand). The summand is the
/// fourth input; dst takes its memory if it has no later reader.
class Conv final : public Primitive, public HasWays, public TakesFunction {
 public:
  explicit Conv(ConvArgs settings, std::optional<EltwiseArgs> act = {}, bool adds = false)
      : args(std::move(settings)), activation(act), sums(adds) {}
  std::string_view name() const override { return "conv"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.owns_results = true,
            .row_inputs = {0, 3},
            .low_precision = {LowPrecision::always, sums ? std::vector<size_t>{0, 3} : std::vector<size_t>{0}, {0}}};
  }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  std::shared_ptr<const Primitive> fused_with(const EltwiseArgs&) const override;
  std::vector<std::string_view> ways(const Program&, const Instruction&) const override;
  const ConvArgs args;
  const std::optional<EltwiseArgs> activation;
  const bool sums;
};

/// True if the instruction at index `at` is the last to read v, and no other value shares the memory of v.
bool last_reader(const Program& program, const ProgramIndex& index, Value v, size_t at);

/// Computes diff_src from diff_dst and weights. It is the transposed convolution too.
class ConvBackwardData final : public Primitive, public HasWays {
 public:
  explicit ConvBackwardData(ConvArgs settings) : args(std::move(settings)) {}
  std::string_view name() const override { return "conv_backward_data"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.owns_results = true, .row_inputs = {0}, .low_precision = {LowPrecision::always, {0}, {0}}};
  }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  std::vector<std::string_view> ways(const Program&, const Instruction&) const override;
  const ConvArgs args;
};

/// Computes diff_weights, and diff_bias when there is a second output, from src and diff_dst.
class ConvBackwardWeights final : public Primitive {
 public:
  explicit ConvBackwardWeights(ConvArgs settings) : args(std::move(settings)) {}
  std::string_view name() const override { return "conv_backward_weights"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.low_precision = {LowPrecision::always, {0, 1}, {}}};
  }
  void realise(Lowering&, const Instruction&) const override;
  const ConvArgs args;
};

}  // namespace graft::ops
