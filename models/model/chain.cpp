#include <unordered_map>

#include "graft/models/model/model_impl.h"
#include "graft/models/model/paths.h"

namespace graft {

// Applying layers one after the other repeats a model only when it is a chain. Elsewhere the result would be another
// network, often without any error.

[[noreturn]] static void not_a_chain(const Model& model, const Node* node, const std::string& why) {
  GraphError error(cat("is not a chain: ", why));
  error.who(cat("Model \"", model.name(), '"'))
      .hint("x = replay(model, x) records all its calls again, whatever its shape.");
  if (node) error.at(node->location());
  throw error;
}

static std::string first_argument(const CallArguments& arguments) {
  if (arguments.training) return cat("training = ", *arguments.training ? "true" : "false");
  if (!arguments.others.empty())
    return cat(arguments.others.begin()->first, " = ", arguments.others.begin()->second.str());
  return "arguments of its own";
}

static void check_single_path(const Model& model) {
  const Graph& graph = model.graph();
  if (graph.inputs().size() != 1) not_a_chain(model, nullptr, cat("it has ", graph.inputs().size(), " inputs"));
  if (graph.outputs().size() != 1) not_a_chain(model, nullptr, cat("it has ", graph.outputs().size(), " outputs"));
  SymbolicTensor last = graph.inputs()[0];
  for (const auto& node : graph.nodes()) {
    if (node->layer().impl().is_input()) continue;
    if (node->inputs().size() != 1)
      not_a_chain(model, node.get(), cat(named(graph, *node), " takes ", node->inputs().size(), " tensors"));
    if (node->inputs()[0] != last)
      not_a_chain(model, node.get(),
                  cat("it branches at ", named(graph, *node->inputs()[0].node()), ", from where ", named(graph, *node),
                      " goes on beside ", named(graph, *last.node())));
    if (node->output_shapes().size() != 1)
      not_a_chain(model, node.get(), cat(named(graph, *node), " gives ", node->output_shapes().size(), " tensors"));
    if (node->arguments() != CallArguments{})
      not_a_chain(model, node.get(),
                  cat(named(graph, *node), " is called with ", first_argument(node->arguments()),
                      ", which calling the layer again would lose"));
    last = SymbolicTensor(node, 0);
  }
  if (graph.outputs()[0] != last)
    not_a_chain(model, graph.outputs()[0].node().get(),
                cat("its output is not what its last call, ", named(graph, *last.node()), ", gives"));
}

LayerList Model::chain() const {
  check_single_path(*this);
  std::unordered_map<const LayerImpl*, GraphLayer> distinct;
  for (const GraphLayer& layer : layers()) distinct.emplace(&layer.impl(), layer);
  LayerList calls;  // a layer that is called twice is listed twice
  for (const auto& node : graph().nodes())
    if (!node->layer().impl().is_input()) calls.push_back(distinct.at(&node->layer().impl()));
  return calls;
}

}  // namespace graft
