#include "graft/graph/graph_index.h"
#include "graft/graph/layer_impl.h"

namespace graft {

GraphLayer::GraphLayer(Layer layer, std::string name, std::shared_ptr<const Graph> graph, size_t position)
    : Layer(std::move(layer)), name_(std::move(name)), graph_(std::move(graph)), position_(position) {}

std::string GraphLayer::who() const { return cat(impl_->is_input() ? "Input" : class_name(), " \"", name_, '"'); }

std::vector<std::shared_ptr<const Node>> GraphLayer::nodes() const { return graph_->index_->layers[position_].calls; }

size_t GraphLayer::calls() const { return graph_->index_->layers[position_].calls.size(); }

static std::string listed(const std::vector<std::shared_ptr<const Node>>& calls) {
  std::string text;
  for (size_t i = 0; i < calls.size(); ++i) {
    text += cat(i == 0 ? "" : "; ", i, ": on ");
    for (size_t k = 0; k < calls[i]->inputs().size(); ++k)
      text += cat(k == 0 ? "" : ", ", calls[i]->inputs()[k].origin(), " ", calls[i]->inputs()[k].shape());
    text += cat(" at ", place_name(calls[i]->location()));
  }
  return text;
}

const Node& GraphLayer::numbered_call(size_t call) const {
  const auto& nodes = graph_->index_->layers[position_].calls;
  if (call < nodes.size()) return *nodes[call];
  GraphError error(cat("is called ", nodes.size(), nodes.size() == 1 ? " time" : " times", " in this model (",
                       listed(nodes), "); received call ", call));
  error.who(who());
  throw error;
}

const Node& GraphLayer::only_call(const char* method) const {
  const auto& nodes = graph_->index_->layers[position_].calls;
  if (nodes.size() == 1) return *nodes[0];
  GraphError error(cat("is called ", nodes.size(), " times in this model, so ", method, "() does not say which (",
                       listed(nodes), ")"));
  error.who(who()).hint(cat("write ", method, "(0) for the first call."));
  throw error;
}

static SymbolicTensors outputs_of(const GraphLayer& layer, const Node& call) {
  for (const auto& node : layer.nodes())
    if (node.get() == &call) {
      SymbolicTensors tensors;
      for (size_t i = 0; i < call.output_shapes().size(); ++i) tensors.emplace_back(node, static_cast<int>(i));
      return tensors;
    }
  return {};
}

static const SymbolicTensor& only_tensor(const GraphLayer& layer, const SymbolicTensors& tensors, const char* method,
                                         size_t call) {
  if (tensors.size() == 1) return tensors[0];
  GraphError error(cat("has ", tensors.size(), " ", method, "s, so ", method, "() does not say which"));
  error.who(layer.who()).hint(cat("write ", method, "s(", call, ")[0] for the first."));
  throw error;
}

SymbolicTensor GraphLayer::output() const {
  return only_tensor(*this, outputs_of(*this, only_call("output")), "output", 0);
}

SymbolicTensor GraphLayer::output(size_t call) const { return only_tensor(*this, outputs(call), "output", call); }

SymbolicTensors GraphLayer::outputs(size_t call) const { return outputs_of(*this, numbered_call(call)); }

SymbolicTensor GraphLayer::input() const { return only_tensor(*this, only_call("input").inputs(), "input", 0); }

SymbolicTensors GraphLayer::inputs(size_t call) const { return numbered_call(call).inputs(); }

const GraphLayer& LayerList::operator[](int64_t index) const {
  const auto count = static_cast<int64_t>(size());
  const int64_t position = index < 0 ? index + count : index;
  if (position >= 0 && position < count) return vector::operator[](static_cast<size_t>(position));
  throw GraphError(cat("layer index ", index, " is out of range: there are ", count, " layers"));
}

const GraphLayer& LayerList::at(const std::string& name) const {
  std::string names;
  for (const GraphLayer& layer : *this) {
    if (layer.name() == name) return layer;
    names += cat(names.empty() ? "" : ", ", layer.name());
  }
  throw GraphError(cat("there is no layer \"", name, "\"; the layers are ", names.empty() ? "none" : names));
}

LayerList LayerList::drop_input() const {
  LayerList rest;
  for (const GraphLayer& layer : *this)
    if (!layer.impl().is_input()) rest.push_back(layer);
  return rest;
}

}  // namespace graft
