#pragma once

#include <string>

#include "graft/core/source_location.h"
#include "graft/graph/graph.h"

namespace graft {

/// How messages name the two sides between which a graph is replayed.
struct Seam {
  std::string giver = {};                    ///< follows the tensor that it is replayed on: ` of Model "encoder"`
  std::string taker = "the replayed model";  ///< what is replayed
};

/// Records every call of a graph again on new tensors, one for each input of the graph. The layers, and with them the
/// weights, and the arguments of the calls stay the same; `scope` is put before the names. Returns the tensors in the
/// place of the graph's outputs. Throws ShapeError naming both sides of the seam.
SymbolicTensors replay_graph(const Graph& graph, const SymbolicTensors& inputs, const std::string& scope,
                             source_location location, const Seam& seam = {});

}  // namespace graft
