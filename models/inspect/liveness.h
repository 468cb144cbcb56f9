#pragma once

// Internal: what of a model is of use.

#include <unordered_set>

#include "graft/graph/graph.h"

namespace graft {

/// The calls, in a graph and in the models called there, that the graph's outputs need. A call of a model needs only
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
