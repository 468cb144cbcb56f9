#pragma once

#include <string>

#include "graft/core/source_location.h"
#include "graft/models/model/model.h"

namespace graft {

/// Settings of replay.
struct ReplayOptions {
  std::string scope = {};  ///< put before the names of the replayed layers
  Taps from = {};          ///< the tensors that the given ones stand for; the model's inputs, when left out
  Taps to = {};            ///< the tensors that are returned; the model's outputs, when left out
};

/// Records the model's calls again on new tensors, whatever the model's shape; the weights are shared. With `from` and
/// `to`, it records only those calls that lead from the ones to the others:
/// replay(resnet, x, {.from = "conv3_block4_out", .to = "avg_pool"}). Returns the new tensors of `to`.
///
/// Throws ShapeError naming both sides of the seam; GraphError for unknown paths, or naming a path from an input of
/// the model to `to` that passes none of `from`.
SymbolicTensors replay(const Model& model, const SymbolicTensors& inputs, const ReplayOptions& options = {},
                       source_location location = source_location::current());

}  // namespace graft
