#pragma once

#include <optional>

#include "graft/ops/program/builder.h"

namespace graft::ops {

std::string conv_text(const ConvArgs& args);  ///< "strides=2x2 padding=1x1,2x2"

/// dst = act(conv(src, weights) + bias), or act(conv(src, weights) + bias + summand): the fourth input, in whose memory
/// dst comes to lie if nobody needs it any more.
class Conv final : public Primitive {
 public:
  explicit Conv(ConvArgs settings, std::optional<EltwiseArgs> act = {}, bool adds = false)
      : args(std::move(settings)), activation(act), sums(adds) {}
  std::string_view name() const override { return "conv"; }
  std::vector<size_t> row_inputs(const Program&, const Instruction&) const override { return {0, 3}; }
  bool owns_results() const override { return true; }
  std::string attributes() const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  LowPrecision low_precision(const Program&, const Instruction&) const override {
    return {LowPrecision::always, sums ? std::vector<size_t>{0, 3} : std::vector<size_t>{0}, {0}};
  }
  std::shared_ptr<const Primitive> fused_with(const EltwiseArgs&) const override;
  std::vector<std::string_view> ways(const Program&, const Instruction&) const override;
  const ConvArgs args;
  const std::optional<EltwiseArgs> activation;
  const bool sums;
};

/// True where an instruction that stands at index `at` is the last to read v, and nothing else lies in its memory.
bool last_reader(const Program& program, Value v, size_t at);

/// diff_src from diff_dst and weights; also the transposed convolution.
class ConvBackwardData final : public Primitive {
 public:
  explicit ConvBackwardData(ConvArgs settings) : args(std::move(settings)) {}
  std::string_view name() const override { return "conv_backward_data"; }
  std::vector<size_t> row_inputs(const Program&, const Instruction&) const override { return {0}; }
  bool owns_results() const override { return true; }
  std::string attributes() const override;
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  LowPrecision low_precision(const Program&, const Instruction&) const override {
    return {LowPrecision::always, {0}, {0}};
  }
  std::vector<std::string_view> ways(const Program&, const Instruction&) const override;
  const ConvArgs args;
};

/// diff_weights, and diff_bias when there is a second output, from src and diff_dst.
class ConvBackwardWeights final : public Primitive {
 public:
  explicit ConvBackwardWeights(ConvArgs settings) : args(std::move(settings)) {}
  std::string_view name() const override { return "conv_backward_weights"; }
  std::string attributes() const override;
  void realise(Lowering&, const Instruction&) const override;
  LowPrecision low_precision(const Program&, const Instruction&) const override {
    return {LowPrecision::always, {0, 1}, {}};
  }
  const ConvArgs args;
};

}  // namespace graft::ops
