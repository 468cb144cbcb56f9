#include "graft/graph/replay.h"

#include "graft/core/error.h"
#include "graft/graph/walk.h"

namespace graft {

// A layer that converts one shape to the other; empty if no single layer does.
static std::string bridge(const Shape& given, const Shape& wanted) {
  if (given.rank() > 2 && wanted.rank() == 2) return "GlobalAveragePooling2D() or Flatten()";
  if (given.rank() != wanted.rank() || given.rank() < 2 || given[-1] == wanted[-1]) return {};
  if (wanted.rank() == 4) return cat("Conv2D({.filters = ", wanted[-1], ", .kernel_size = 1})");
  return cat("Dense({.units = ", wanted[-1], "})");
}

// The layer that does not fit may be deep in the replayed part; the cause is usually a tensor with another shape at its
// border.
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
                             source_location location, const Seam& seam) {
  if (inputs.size() != graph.inputs().size()) {
    std::string expected;
    for (const SymbolicTensor& own : graph.inputs())
      expected += cat(expected.empty() ? "" : ", ", own.origin(), " ", own.shape());
    throw ShapeError(cat(seam.taker, " takes ", graph.inputs().size(),
                         graph.inputs().size() == 1 ? " tensor (" : " tensors (", expected, "); received ",
                         inputs.size()))
        .at(location, "Model replayed");
  }
  return walk(graph, inputs, [&](const std::shared_ptr<const Node>& node, const SymbolicTensors& given) {
    try {
      return node->layer().call(given, node->arguments(), join_path(scope, node->scope()), location);
    } catch (ShapeError& error) {
      name_seam(error, graph, inputs, seam);
      throw;
    }
  });
}

}  // namespace graft
