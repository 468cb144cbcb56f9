#include "graft/models/io/architecture/call_order.h"

#include <algorithm>

#include "graft/graph/graph.h"
#include "graft/graph/layer_impl.h"

namespace graft::io {

CallOrder::CallOrder(const Graph& graph, const LayerList& layers) {
  calls_.resize(layers.size());
  for (size_t l = 0; l < layers.size(); ++l) {
    calls_[l] = static_cast<const std::vector<GraphLayer>&>(layers)[l].nodes();
    for (const auto& node : calls_[l]) places_[node.get()].layer = l;
  }
  for (const auto& node : graph.nodes()) find_round(*node);
  for (auto& calls : calls_) {
    std::stable_sort(calls.begin(), calls.end(),
                     [&](const auto& a, const auto& b) { return places_[a.get()].round < places_[b.get()].round; });
    for (size_t number = 0; number < calls.size(); ++number) places_[calls[number].get()].number = number;
  }
}

void CallOrder::find_round(const Node& node) {
  Place& own = places_[&node];
  for (const SymbolicTensor& input : node.inputs()) {
    const Place& before = places_[input.node().get()];
    own.round = std::max(own.round, before.layer <= own.layer ? before.round : before.round + 1);
  }
}

bool is_chain(const Model& model) {
  if (model.class_name() != "Sequential" || model.inputs().size() != 1 || model.outputs().size() != 1) return false;
  const auto& nodes = model.graph().nodes();
  if (nodes.size() != model.layers().size()) return false;
  for (size_t i = 1; i < nodes.size(); ++i)
    if (nodes[i]->inputs().size() != 1 || nodes[i]->inputs()[0].node() != nodes[i - 1]) return false;
  return true;
}

}  // namespace graft::io
