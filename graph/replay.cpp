#include "graft/graph/graph_index.h"
#include "graft/graph/layer_impl.h"

namespace graft {

// The new value of every tensor that a walk over a graph has met.
template <class T>
static std::vector<T> lookup(const TensorMap<T>& known, const SymbolicTensors& tensors) {
  std::vector<T> values;
  for (const SymbolicTensor& tensor : tensors) values.push_back(known.at(tensor));
  return values;
}

// Outputs that are themselves inputs of the graph keep what stands in their place.
template <class T>
static void remember(TensorMap<T>& known, const std::shared_ptr<const Node>& node, const std::vector<T>& values) {
  for (size_t i = 0; i < values.size(); ++i) known.emplace(SymbolicTensor(node, static_cast<int>(i)), values[i]);
}

ops::Values emit_graph(ops::Builder& builder, const Graph& graph, const ops::Values& inputs,
                       const CallArguments& arguments) {
  if (inputs.size() != graph.inputs().size())
    throw ShapeError(cat("the model has ", graph.inputs().size(), " inputs; received ", inputs.size()));
  TensorMap<ops::Value> known;
  for (size_t i = 0; i < inputs.size(); ++i) known.emplace(graph.inputs()[i], inputs[i]);
  for (const auto& node : graph.nodes()) {
    if (node->layer().impl().is_input()) continue;
    const size_t call = graph.call_index(*node);
    const ops::Builder::Scope scope(builder, cat(graph.name_of(*node), call == 0 ? "" : cat("@", call)));
    CallArguments own = node->arguments();
    if (!own.training) own.training = arguments.training;
    try {
      remember(known, node, node->layer().impl().emit(builder, lookup(known, node->inputs()), own));
    } catch (Error& error) {
      error.who(node->layer().who()).at(node->location());
      throw;
    }
  }
  return lookup(known, graph.outputs());
}

// A layer that may stand between the two; empty where no single one suggests itself.
static std::string bridge(const Shape& given, const Shape& wanted) {
  if (given.rank() > 2 && wanted.rank() == 2) return "GlobalAveragePooling2D() or Flatten()";
  if (given.rank() != wanted.rank() || given.rank() < 2 || given[-1] == wanted[-1]) return {};
  if (wanted.rank() == 4) return cat("Conv2D({.filters = ", wanted[-1], ", .kernel_size = 1})");
  return cat("Dense({.units = ", wanted[-1], "})");
}

// What does not fit may lie deep in the replayed part; the cause is mostly a tensor with another shape at its border.
static void name_seam(Error& error, const Graph& graph, const SymbolicTensors& inputs, const Seam& seam) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const SymbolicTensor& own = graph.inputs()[i];
    if (own.shape().accepts(inputs[i].shape())) continue;
    error.append(cat("; at the seam, ", inputs[i].origin(), seam.giver, " gives ", inputs[i].shape(), " where ",
                     seam.taker, " has ", own.origin(), " ", own.shape()));
    if (const std::string layer = bridge(inputs[i].shape(), own.shape()); !layer.empty())
      error.hint(cat("put ", layer, " between the two."));
    return;
  }
}

SymbolicTensors replay_graph(const Graph& graph, const SymbolicTensors& inputs, const std::string& scope,
                             std::source_location location, const Seam& seam) {
  if (inputs.size() != graph.inputs().size()) {
    std::string expected;
    for (const SymbolicTensor& own : graph.inputs())
      expected += cat(expected.empty() ? "" : ", ", own.origin(), " ", own.shape());
    ShapeError error(cat(seam.taker, " takes ", graph.inputs().size(),
                         graph.inputs().size() == 1 ? " tensor (" : " tensors (", expected, "); received ",
                         inputs.size()));
    error.at(location, "Model replayed");
    throw error;
  }
  TensorMap<SymbolicTensor> known;
  for (size_t i = 0; i < inputs.size(); ++i) known.emplace(graph.inputs()[i], inputs[i]);
  for (const auto& node : graph.nodes()) {
    if (node->layer().impl().is_input()) continue;
    try {
      remember<SymbolicTensor>(known, node,
                               node->layer().call(lookup(known, node->inputs()), node->arguments(),
                                                  join_path(scope, node->scope()), location));
    } catch (ShapeError& error) {
      name_seam(error, graph, inputs, seam);
      throw;
    }
  }
  return lookup(known, graph.outputs());
}

}  // namespace graft
