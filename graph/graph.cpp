#include "graft/graph/graph.h"

#include "graft/core/error.h"
#include "graft/graph/graph_search.h"

namespace graft {

std::shared_ptr<const Graph> Graph::make(SymbolicTensors inputs, SymbolicTensors outputs) {
  FoundGraph found = search_graph(inputs, outputs);
  const std::shared_ptr<Graph> graph(new Graph);
  graph->inputs_ = std::move(inputs);
  graph->outputs_ = std::move(outputs);
  graph->nodes_ = std::move(found.nodes);
  graph->index_ = std::make_shared<const GraphIndex>(std::move(found.index));
  return graph;
}

LayerList Graph::layers() const {
  LayerList list;
  list.reserve(index_->layers.size());
  for (const GraphIndex::Entry& entry : index_->layers)
    list.emplace_back(entry.layer, entry.name, std::shared_ptr<const GraphLayer::Calls>(index_, &entry.calls));
  return list;
}

static GraphIndex::Place place_of(const GraphIndex& index, const Node& node) {
  const auto place = index.places.find(&node);
  if (place != index.places.end()) return place->second;
  throw GraphError(cat(node.layer().who(), " called at ", place_name(node.location()), " is not part of this model"));
}

const std::string& Graph::name_of(const Node& node) const { return index_->layers[place_of(*index_, node).layer].name; }

size_t Graph::call_index(const Node& node) const { return place_of(*index_, node).call; }

std::string Graph::label_of(const Node& node) const { return name_of(node) + call_mark(call_index(node)); }

bool Graph::contains(const Node& node) const { return index_->places.contains(&node); }

std::string call_mark(size_t call) { return call == 0 ? std::string() : cat('@', call); }

std::string join_path(const std::string& outer, const std::string& inner) {
  return outer.empty() || inner.empty() ? outer + inner : cat(outer, '/', inner);
}

}  // namespace graft
