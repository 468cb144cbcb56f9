#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Walks a recurrent cell over all steps of its sequences, in Graft's loops: oneDNN's primitives know no masks and only
/// some functions, and are slow for single sequences.
/// Inputs: projected, kernel, recurrent bias, h, c, mask; all but the first two may be empty. Outputs: those of
/// Builder::Recurrent, without c unless the cell is an LSTM; then, for the gradient, the gates and the states h, and of
/// an LSTM the cells c, before each step, in the order of the sequence.
class Recurrent final : public Primitive {
 public:
  explicit Recurrent(const RecurrentArgs& settings) : args(settings) {}
  std::string_view name() const override { return "recurrent"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true, .row_inputs = {0, 3, 4, 5}};
  }
  Values gradient(Builder&, const Instruction&, std::span<const Value>, const std::vector<bool>&) const override;
  void realise(Lowering&, const Instruction&) const override;
  const RecurrentArgs args;
};

/// Inputs: the gradients of outputs, last, h and c, any of which may be empty; gates, states, cells (of an LSTM),
/// kernel, mask (may be empty). Outputs: the gradients of projected, h and c (of an LSTM), then for Cell::gru that of
/// h kernel + recurrent bias.
class RecurrentBackward final : public Primitive {
 public:
  RecurrentBackward(const RecurrentArgs& settings, bool initial_state)
      : args(settings), has_initial_state(initial_state) {}
  std::string_view name() const override { return "recurrent_backward"; }
  std::string attributes() const override;
  Traits traits(const Program&, const Instruction&) const override {
    return {.same_for_any_threads = true, .row_inputs = {0, 1, 2, 3, 4, 5, 6, 8}};
  }
  void realise(Lowering&, const Instruction&) const override;
  const RecurrentArgs args;
  const bool has_initial_state;
};

}  // namespace graft::ops
