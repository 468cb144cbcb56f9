#include "graft/models/inspect/liveness.h"

#include "graft/graph/tensor_map.h"
#include "graft/models/model/nested.h"

namespace graft {

Liveness::Liveness(const Graph& graph) { mark(graph, graph.outputs()); }

// Walks backwards from these outputs. Returns for each input of the graph whether the outputs need it.
std::vector<bool> Liveness::mark(const Graph& graph, const SymbolicTensors& outputs) {
  TensorMap<bool> used;
  for (const SymbolicTensor& output : outputs) used[output] = true;
  for (auto node = graph.nodes().rbegin(); node != graph.nodes().rend(); ++node) {
    const std::optional<Model> model = as_model((*node)->layer());
    SymbolicTensors inner;
    bool live = false;
    for (size_t i = 0; i < (*node)->output_shapes().size(); ++i) {
      if (!used.contains(SymbolicTensor(*node, static_cast<int>(i)))) continue;
      live = true;
      if (model) inner.push_back(model->outputs()[i]);
    }
    if (!live) continue;
    live_.insert(node->get());
    const SymbolicTensors& inputs = (*node)->inputs();
    const std::vector<bool> needed = model ? mark(model->graph(), inner) : std::vector<bool>(inputs.size(), true);
    for (size_t i = 0; i < inputs.size(); ++i)
      if (needed[i]) used[inputs[i]] = true;
  }
  std::vector<bool> needed;
  for (const SymbolicTensor& input : graph.inputs()) needed.push_back(used.contains(input));
  return needed;
}

}  // namespace graft
