#pragma once

// Internal: finds the calls of a model that are of use.

#include <unordered_set>

#include "graft/graph/graph.h"

namespace graft {

/// The calls that a graph's outputs need, in the graph and in the models nested in it. A call of a model needs only
/// those of its inputs that lead to outputs of use.
class Liveness {
 public:
  explicit Liveness(const Graph& graph);
  bool needs(const Node& node) const { return live_.contains(&node); }

 private:
  std::vector<bool> mark(const Graph& graph, const SymbolicTensors& outputs);

  std::unordered_set<const Node*> live_;
};

}  // namespace graft
