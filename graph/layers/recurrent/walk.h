#pragma once

#include "graft/graph/layers/recurrent/cell.h"

namespace graft {

/// The settings that all recurrent layers have.
struct WalkSettings {
  bool return_sequences = false, return_state = false, go_backwards = false, stateful = false, unroll = false,
       zero_output_for_mask = false;
};

/// What a recurrent layer gives for a sequence.
struct WalkResult {
  ops::Value outputs = {};  ///< (N, T, ...) in the order of the walk, in Keras's order of axes; empty unless wanted
  ops::Value last = {};     ///< the last output
  ops::Values states = {};  ///< behind the last step
};

/// Walks a cell along the second axis of a sequence (N, T, ...), whose Value is in Keras's order of axes. `mask` is (N,
/// T) or empty. Cells that have a kernel for whole sequences use it; others are written step by step.
WalkResult walk_sequence(ops::Builder& builder, const CellImpl& cell, ops::Value sequence, const ops::Values& states,
                         ops::Value mask, const WalkSettings& settings, bool training);

}  // namespace graft
