#include "graft/graph/layers/recurrent/walk.h"

#include "graft/graph/layers/recurrent/steps.h"

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;
using ops::Values;

namespace {

class Walk {
 public:
  Walk(Builder& builder, const CellImpl& cell, Value sequence, Value mask, const WalkSettings& settings, bool training)
      : b(builder), cell_(cell), mask_(mask), settings_(settings), steps_(builder.dims(sequence)[1]) {
    Dims step = b.dims(sequence);
    step.erase(step.begin() + 1);
    if (training) masks_ = cell.draw_masks(b, step);
    projected_ = cell.projects() ? project_all(sequence) : sequence;
  }

  WalkResult run(Values states) {
    if (masks_.recurrent.empty() && cell_.projects())
      if (const std::optional<FusedCell> fused = cell_.fused(b)) return run_fused(*fused, states);
    Values outputs;
    for (int64_t i = 0; i < steps_; ++i) {
      const int64_t t = settings_.go_backwards ? steps_ - 1 - i : i;
      const Value x = to_channels_first(b, step_at(b, projected_, t));
      const Value projected = cell_.projects() ? x : cell_.project(b, x, masks_);
      CellStep step = cell_.advance(b, projected, states, masks_);
      if (mask_) keep_masked(step, step_at(b, mask_, t), states, outputs);
      states = step.states;
      outputs.push_back(step.output);
    }
    return {settings_.return_sequences ? stack_steps(b, outputs) : Value{}, outputs.back(), states};
  }

 private:
  Value project_all(Value sequence) {
    const Value rows = to_channels_first(b, merge_steps(b, sequence));
    const Value projected = cell_.project(b, rows, repeated(b, masks_, steps_));
    return split_steps(b, to_channels_last(b, projected), steps_);
  }

  WalkResult run_fused(const FusedCell& fused, const Values& states) {
    ops::RecurrentArgs args = fused.args;
    args.go_backwards = settings_.go_backwards;
    args.zero_output_for_mask = settings_.zero_output_for_mask;
    const Value c = states.size() > 1 ? states[1] : Value{};
    const Builder::Recurrent result = b.recurrent(projected_, fused.kernel, fused.bias, states[0], c, mask_, args);
    Values behind{result.h};
    if (c) behind.push_back(result.c);
    return {result.outputs, result.last, behind};
  }

  // A masked row keeps its states, and its output is the one before, or 0.
  void keep_masked(CellStep& step, Value mask, const Values& states, const Values& outputs) {
    const Value before = outputs.empty() || settings_.zero_output_for_mask ? Value{} : outputs.back();
    step.output = chosen(mask, step.output, before);
    for (size_t i = 0; i < step.states.size(); ++i) step.states[i] = chosen(mask, step.states[i], states[i]);
  }

  Value chosen(Value mask, Value yes, Value no) {
    Dims dims(b.dims(yes).size(), 1);
    dims[0] = b.dims(mask)[0];
    const Value aligned = b.reshape(mask, dims);
    if (!no) no = b.reshape(b.scalar(0), Dims(dims.size(), 1));
    return b.where(aligned, yes, no);
  }

  Builder& b;
  const CellImpl& cell_;
  Value mask_, projected_;
  const WalkSettings settings_;
  const int64_t steps_;
  CellMasks masks_;
};

}  // namespace

WalkResult walk_sequence(Builder& b, const CellImpl& cell, Value sequence, const Values& states, Value mask,
                         const WalkSettings& settings, bool training) {
  return Walk(b, cell, sequence, mask, settings, training).run(states);
}

}  // namespace graft
