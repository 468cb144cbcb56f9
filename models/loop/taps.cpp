#include "graft/models/loop/taps.h"

#include <algorithm>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/model/model_impl.h"
#include "graft/models/surgery/recorder.h"

namespace graft {

static std::shared_ptr<const Graph> graph_with(const Model& model, const Taps& taps) {
  check_classes(model.graph());
  if (taps.empty()) return model.model_impl().graph;
  const Opened opened = open_at(model, taps, source_location::current());
  return Graph::make(model.inputs(), together(opened.outputs, opened.tensors));
}

TapGraph TapGraphs::find(const Model& model, const Taps& taps) {
  const std::lock_guard lock(mutex_);
  const auto known =
      std::find_if(graphs_.begin(), graphs_.end(), [&](const TapGraph& graph) { return graph.taps == taps; });
  if (known != graphs_.end()) {
    graphs_.splice(graphs_.begin(), graphs_, known);
    return graphs_.front();
  }
  graphs_.push_front({taps, std::make_shared<const StagedGraph>(graph_with(model, taps)), made_ + 1});
  ++made_;
  if (graphs_.size() > kCapacity) graphs_.pop_back();
  return graphs_.front();
}

static std::shared_ptr<TapGraphs> tap_graphs_of(ModelImpl& model) {
  const std::lock_guard lock(model.mutex);
  if (!model.tap_graphs) model.tap_graphs = std::make_shared<TapGraphs>();
  return model.tap_graphs;
}

TapGraph graph_for(const Model& model, const Taps& taps) {
  return tap_graphs_of(model.model_impl())->find(model, taps);
}

}  // namespace graft
