#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graft/graph/graph_layer.h"
#include "graft/graph/node.h"

namespace graft {

struct GraphIndex;  // graph/graph_search.h

/// A validated view of the calls between some tensors and others. The inputs may be any tensors: the search for calls,
/// which goes from the outputs backwards, ends at them.
class Graph {
 public:
  /// Throws GraphError if the graph is disconnected (naming the missing input and the user's line), if two layers have
  /// one name, or without outputs.
  static std::shared_ptr<const Graph> make(SymbolicTensors inputs, SymbolicTensors outputs);

  const SymbolicTensors& inputs() const { return inputs_; }
  const SymbolicTensors& outputs() const { return outputs_; }
  /// The calls in an order of execution. Calls that make the inputs are left out unless they are InputLayers.
  const std::vector<std::shared_ptr<const Node>>& nodes() const { return nodes_; }
  /// The layers, each once, in Keras's order.
  LayerList layers() const;
  /// The name of the call's layer in this graph: as given, or "conv2d", "conv2d_1", ... in Keras's layer order; after
  /// the scope of the layer's first call, "left/conv2d". Throws GraphError for a call that is not of this graph.
  const std::string& name_of(const Node& node) const;
  /// Which call of its layer in this graph a node is, counted from 0. Throws GraphError likewise.
  size_t call_index(const Node& node) const;
  /// The name of the layer and the number of the call: "dense" for its first call, "dense@1" for its second. Throws
  /// GraphError likewise.
  std::string label_of(const Node& node) const;
  bool contains(const Node& node) const;  ///< whether it is a call of this graph

 private:
  Graph() = default;
  SymbolicTensors inputs_, outputs_;
  std::vector<std::shared_ptr<const Node>> nodes_;
  std::shared_ptr<const GraphIndex> index_;
};

/// The suffix of a layer's name for one of its calls: "@1" for the second, nothing for the first.
std::string call_mark(size_t call);

/// "outer/inner", or the part that is not empty.
std::string join_path(const std::string& outer, const std::string& inner);

}  // namespace graft
