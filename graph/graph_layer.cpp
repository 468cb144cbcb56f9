#include "graft/graph/graph_layer.h"

#include "graft/graph/layer_impl.h"

namespace graft {

GraphLayer::GraphLayer(Layer layer, std::string name, std::shared_ptr<const Calls> calls, std::optional<size_t> output)
    : Layer(std::move(layer)), name_(std::move(name)), calls_(std::move(calls)), output_(output) {}

std::string GraphLayer::who() const { return cat(impl_->is_input() ? "Input" : class_name(), " \"", name_, '"'); }

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

const std::shared_ptr<const Node>& GraphLayer::numbered_call(size_t call) const {
  if (call < calls_->size()) return (*calls_)[call];
  throw GraphError(cat("is called ", calls_->size(), calls_->size() == 1 ? " time" : " times", " in this model (",
                       listed(*calls_), "); received call ", call))
      .who(who());
}

const std::shared_ptr<const Node>& GraphLayer::only_call(const char* method) const {
  if (calls_->size() == 1) return calls_->front();
  throw GraphError(cat("is called ", calls_->size(), " times in this model, so ", method, "() does not say which (",
                       listed(*calls_), ")"))
      .who(who())
      .hint(cat("write ", method, "(0), or the path \"", name_, "@0\", for the first call."));
}

SymbolicTensors GraphLayer::outputs_of(const std::shared_ptr<const Node>& call) const {
  if (output_) return SymbolicTensor(call, static_cast<int>(*output_));
  SymbolicTensors tensors;
  for (size_t i = 0; i < call->output_shapes().size(); ++i) tensors.emplace_back(call, static_cast<int>(i));
  return tensors;
}

static const SymbolicTensor& only_tensor(const GraphLayer& layer, const SymbolicTensors& tensors, const char* method,
                                         size_t call) {
  if (tensors.size() == 1) return tensors[0];
  const std::string path = std::string_view(method) == "output" ? cat(", or the path \"", layer.name(), ":0\",") : "";
  throw GraphError(cat("has ", tensors.size(), " ", method, "s, so ", method, "() does not say which"))
      .who(layer.who())
      .hint(cat("write ", method, "s(", call, ")[0]", path, " for the first."));
}

SymbolicTensor GraphLayer::output() const { return only_tensor(*this, outputs_of(only_call("output")), "output", 0); }

SymbolicTensor GraphLayer::output(size_t call) const { return only_tensor(*this, outputs(call), "output", call); }

SymbolicTensors GraphLayer::outputs(size_t call) const { return outputs_of(numbered_call(call)); }

SymbolicTensor GraphLayer::input() const { return only_tensor(*this, only_call("input")->inputs(), "input", 0); }

SymbolicTensors GraphLayer::inputs(size_t call) const { return numbered_call(call)->inputs(); }

const GraphLayer& LayerList::operator[](int64_t index) const& {
  const auto count = static_cast<int64_t>(size());
  const int64_t position = index < 0 ? index + count : index;
  if (position >= 0 && position < count) return vector::operator[](static_cast<size_t>(position));
  throw GraphError(cat("layer index ", index, " is out of range: there are ", count, " layers"));
}

const GraphLayer& LayerList::at(const std::string& name) const& {
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
