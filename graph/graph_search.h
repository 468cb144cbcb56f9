#pragma once

// Internal: the search that finds a Graph between its inputs and its outputs.

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "graft/graph/node.h"

namespace graft {

/// The layers of a graph, and for each call its place among them.
struct GraphIndex {
  struct Entry {
    Layer layer;
    std::string name;                                ///< unique in the graph
    std::vector<std::shared_ptr<const Node>> calls;  ///< in order of execution
  };
  struct Place {
    size_t layer, call;
  };
  std::vector<Entry> layers;  ///< in Keras's order
  std::unordered_map<const Node*, Place> places;
};

struct FoundGraph {
  std::vector<std::shared_ptr<const Node>> nodes;  ///< in order of execution
  GraphIndex index;
};

/// Finds the calls between some tensors, from the outputs back to the inputs.
/// Throws GraphError for no outputs, empty or repeated tensors, a missing input, or two layers of one name.
FoundGraph search_graph(const SymbolicTensors& inputs, const SymbolicTensors& outputs);

}  // namespace graft
