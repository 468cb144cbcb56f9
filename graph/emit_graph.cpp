#include "graft/graph/emit_graph.h"

#include "graft/core/error.h"
#include "graft/graph/walk.h"

namespace graft {

ops::Values emit_graph(ops::Builder& builder, const Graph& graph, const ops::Values& inputs,
                       const CallArguments& arguments) {
  if (inputs.size() != graph.inputs().size())
    throw ShapeError(cat("the model has ", graph.inputs().size(), " inputs; received ", inputs.size()));
  return walk(graph, inputs, [&](const std::shared_ptr<const Node>& node, const ops::Values& given) {
    const ops::Builder::Scope scope(builder, graph.label_of(*node));
    CallArguments own = node->arguments();
    if (!own.training) own.training = arguments.training;
    try {
      return node->layer().impl().emit(builder, given, own);
    } catch (Error& error) {
      error.who(node->layer().who()).at(node->location());
      throw;
    }
  });
}

}  // namespace graft
