#pragma once

// Internal: finds the calls that a model's outputs need.

#include <unordered_set>

#include "graft/graph/graph.h"

namespace graft {

/// The calls that a graph's outputs need, in the graph and in the models nested in it. A call of a model needs only
/// those of its inputs that its needed outputs depend on.
class Liveness {
 public:
  explicit Liveness(const Graph& graph);
  bool needs(const Node& node) const { return live_.contains(&node); }

 private:
  std::vector<bool> mark(const Graph& graph, const SymbolicTensors& outputs);

  std::unordered_set<const Node*> live_;
};

}  // namespace graft
