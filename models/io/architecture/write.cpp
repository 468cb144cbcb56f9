#include "graft/models/io/architecture/write.h"

#include <unordered_map>
#include <unordered_set>

#include "graft/graph/graph.h"
#include "graft/graph/layer_impl.h"
#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/graph/layers/operations/operation.h"
#include "graft/graph/layers/operations/tables.h"
#include "graft/graph/layers/registry.h"
#include "graft/models/io/architecture/call_order.h"
#include "graft/models/io/architecture/saved_layer.h"
#include "graft/models/model/nested.h"

namespace graft::io {

namespace {

class ArchitectureWriter {
 public:
  WrittenArchitecture run(const Model& model) {
    result_.topology = write_model(model, model.name(), {});
    result_.ids = Json::object();
    if (!names_.empty()) result_.ids["names"] = std::move(names_);
    if (!automatic_.empty()) result_.ids["automatic"] = std::move(automatic_);
    if (!shared_.empty()) result_.ids["shared"] = std::move(shared_);
    return std::move(result_);
  }

 private:
  Json write_model(const Model& model, const std::string& name, const std::string& path);
  Json write_functional(const Model& model, const std::vector<std::string>& names, const std::string& path);
  Json write_sequential(const Model& model, const std::vector<std::string>& names, const std::string& path);
  Json write_entry(const GraphLayer& layer, const std::string& name, const std::string& path);
  std::vector<std::string> unique_names(const LayerList& layers, const std::string& path);
  void remember(const GraphLayer& layer, const std::string& name);

  WrittenArchitecture result_;
  Json names_ = Json::object(), shared_ = Json::object(), automatic_ = Json::array();
  std::unordered_set<std::string> taken_;
  std::unordered_map<const LayerImpl*, std::string> first_;
};

// TF.js finds weights only by the name of the layer, so a nested layer whose name is taken is written by its path.
std::vector<std::string> ArchitectureWriter::unique_names(const LayerList& layers, const std::string& path) {
  std::vector<std::string> names;
  for (const GraphLayer& layer : layers) {
    std::string name = layer.name();
    if (!path.empty() && taken_.contains(name)) name = cat(path, '/', name);
    const std::string base = name;
    for (int number = 1; taken_.contains(name); ++number) name = cat(base, '_', number);
    taken_.insert(name);
    names.push_back(std::move(name));
  }
  return names;
}

Json ArchitectureWriter::write_model(const Model& model, const std::string& name, const std::string& path) {
  const std::vector<std::string> names = unique_names(model.layers(), path);
  const bool chain = is_chain(model);
  Json config = {{"name", name}, {"trainable", model.trainable()}};
  config.update(chain ? write_sequential(model, names, path) : write_functional(model, names, path));
  return {{"class_name", chain ? "Sequential" : "Functional"}, {"config", std::move(config)}};
}

Json ArchitectureWriter::write_sequential(const Model& model, const std::vector<std::string>& names,
                                          const std::string& path) {
  const LayerList layers = model.layers();
  Json entries = Json::array();
  for (size_t i = 0; i < names.size(); ++i)
    entries.push_back(write_entry(layers[static_cast<int64_t>(i)], names[i], path));
  return {{"layers", std::move(entries)}};
}

Json ArchitectureWriter::write_functional(const Model& model, const std::vector<std::string>& names,
                                          const std::string& path) {
  const LayerList layers = model.layers();
  const CallOrder order(model.graph(), layers);
  const auto ref = [&](const SymbolicTensor& tensor) {  // TF.js gives a nested model's first call the number 1
    const Node& node = *tensor.node();
    const size_t first = as_model(node.layer()) ? 1 : 0;
    return Json::array({names[order.layer(node)], order.number(node) + first, tensor.index()});
  };
  Json entries = Json::array();
  for (size_t l = 0; l < layers.size(); ++l) {
    Json entry = {{"name", names[l]}};
    entry.update(write_entry(layers[static_cast<int64_t>(l)], names[l], path));
    Json calls = Json::array();
    for (const auto& node : order.calls(l)) {
      Json inputs = Json::array();
      const size_t count = node->arguments().positional(node->inputs().size());
      for (size_t i = 0; i < count; ++i) {
        inputs.push_back(ref(node->inputs()[i]));
        inputs.back().push_back(i == 0 ? call_arguments(*node, ref) : Json::object());
      }
      if (!inputs.empty()) calls.push_back(std::move(inputs));
    }
    entry["inbound_nodes"] = std::move(calls);
    entries.push_back(std::move(entry));
  }
  Json inputs = Json::array(), outputs = Json::array();
  for (const SymbolicTensor& tensor : model.inputs()) inputs.push_back(ref(tensor));
  for (const SymbolicTensor& tensor : model.outputs()) outputs.push_back(ref(tensor));
  return {{"layers", std::move(entries)}, {"input_layers", std::move(inputs)}, {"output_layers", std::move(outputs)}};
}

Json ArchitectureWriter::write_entry(const GraphLayer& layer, const std::string& name, const std::string& path) {
  remember(layer, name);
  const std::string here = join_path(path, name);
  if (const std::optional<Model> model = as_model(layer)) return write_model(*model, name, here);
  if (!layer.impl().is_input()) result_.layers.push_back({name, here, layer});
  const InnerModels models{.write = [](const Layer& inner) -> Json {
    const std::optional<Model> model = as_model(inner);
    return model ? write_architecture(*model).topology : Json();
  }};
  Json entry = {{"class_name", layer.class_name()},
                {"config", write_layer_config(layer.impl(), name, KerasVersion::v2, &models)}};
  if (layer.impl().is_operation()) entry["module"] = operation_module(layer.class_name());  // Reshape is a layer too
  if (is_registered_by_caller(layer.class_name())) entry["registered_name"] = layer.class_name();
  if (const UnknownLayer* unknown = as_unknown(layer.impl())) {
    if (!unknown->config.module.empty()) entry["module"] = unknown->config.module;
    if (!unknown->config.registered_name.empty()) entry["registered_name"] = unknown->config.registered_name;
    entry[kOutputsKey] = write_outputs(unknown->config.outputs);
  }
  return entry;
}

void ArchitectureWriter::remember(const GraphLayer& layer, const std::string& name) {
  const auto [first, fresh] = first_.emplace(&layer.impl(), name);
  if (!fresh) {
    shared_[name] = first->second;
    return;
  }
  if (layer.impl().name.empty() && layer.nodes()[0]->scope().empty())
    automatic_.push_back(name);
  else if (layer.name() != name)
    names_[name] = layer.name();
}

}  // namespace

WrittenArchitecture write_architecture(const Model& model) { return ArchitectureWriter().run(model); }

}  // namespace graft::io
