#pragma once

#include <memory>
#include <optional>
#include <span>

#include "graft/graph/node.h"
#include "graft/ops/program/builder.h"

namespace graft {

class Graph;

/// A layer as it stands in one model: the shared Layer, with its name and its calls there.
class GraphLayer : public Layer {
 public:
  using Calls = std::vector<std::shared_ptr<const Node>>;
  /// With an output named, that one of each call is meant.
  GraphLayer(Layer layer, std::string name, std::shared_ptr<const Calls> calls, std::optional<size_t> output = {});
  const std::string& name() const { return name_; }
  /// What the layer gives in this model. Throws GraphError listing the calls when it is called more than once
  /// (write output(call)) or has several outputs (write outputs(call)).
  SymbolicTensor output() const;
  SymbolicTensor output(size_t call) const;
  SymbolicTensors outputs(size_t call) const;
  SymbolicTensor input() const;  ///< likewise
  SymbolicTensors inputs(size_t call) const;
  size_t calls() const { return calls_->size(); }
  Calls nodes() const { return *calls_; }  ///< the calls, in order of execution

  std::string who() const;  ///< `Conv2D "conv2d_1"`: with its name in this model

 private:
  const std::shared_ptr<const Node>& only_call(const char* method) const;
  const std::shared_ptr<const Node>& numbered_call(size_t call) const;
  SymbolicTensors outputs_of(const std::shared_ptr<const Node>& call) const;
  std::string name_;
  std::shared_ptr<const Calls> calls_;
  std::optional<size_t> output_;
};

/// The layers of a model in Keras's order (depth descending, then traversal order); [-1] is the last.
class LayerList : public std::vector<GraphLayer> {
 public:
  using std::vector<GraphLayer>::vector;
  const GraphLayer& operator[](int64_t index) const;    ///< negative counts from the end; GraphError when out of range
  const GraphLayer& at(const std::string& name) const;  ///< throws GraphError listing the names
  LayerList drop_input() const;                         ///< without InputLayers
};

/// A validated view of the calls between tensors. Inputs may be any tensors; the search stops at them.
class Graph {
 public:
  /// Throws GraphError: disconnected (names the missing input and the user's line), duplicate names, no outputs.
  static std::shared_ptr<const Graph> make(SymbolicTensors inputs, SymbolicTensors outputs);

  const SymbolicTensors& inputs() const { return inputs_; }
  const SymbolicTensors& outputs() const { return outputs_; }
  /// Calls in an order of execution, those that make the inputs excepted unless they are InputLayers.
  const std::vector<std::shared_ptr<const Node>>& nodes() const { return nodes_; }
  /// Distinct layers in Keras's order.
  LayerList layers() const;
  /// The layer's name here: as given, or "conv2d", "conv2d_1", ... in Keras's layer order; behind the scope of the
  /// layer's first call, "left/conv2d". Throws GraphError for a call that is not of this graph.
  const std::string& name_of(const Node& node) const;
  /// The k of `name@k`: which call of its layer in this graph a node is.
  size_t call_index(const Node& node) const;
  bool contains(const Node& node) const;

 private:
  friend class GraphSearch;
  Graph() = default;
  struct Index;
  SymbolicTensors inputs_, outputs_;
  std::vector<std::shared_ptr<const Node>> nodes_;
  std::shared_ptr<const Index> index_;
};

/// Writes the calls of a graph as instructions, labelled with the layers' names ("dense", a second call "dense@1");
/// nested models are inlined. `inputs` and the result are channels first where their rank is 3 or more. The arguments
/// of the call of a nested model hold for the calls in it that have none.
ops::Values emit_graph(ops::Builder& builder, const Graph& graph, const ops::Values& inputs,
                       const CallArguments& arguments = {});

/// How messages tell the two sides between which a graph is replayed.
struct Seam {
  std::string giver = {};  ///< behind the tensor it is replayed on: ` of Model "encoder"`
  std::string taker = "the replayed model";
};

/// Records every call of the graph again on new tensors, one per input of the graph, keeping call arguments.
/// Returns what the graph's outputs became. Throws ShapeError naming both sides of the seam.
SymbolicTensors replay_graph(const Graph& graph, const SymbolicTensors& inputs, const std::string& scope,
                             std::source_location location, const Seam& seam = {});

}  // namespace graft
