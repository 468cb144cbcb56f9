#include "graft/models/io/architecture/write_keras3.h"

#include <algorithm>
#include <unordered_map>

#include "graft/graph/graph.h"
#include "graft/graph/layer_impl.h"
#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/graph/layers/operations/tables.h"
#include "graft/models/io/architecture/call_order.h"
#include "graft/models/io/architecture/call_reader.h"
#include "graft/models/io/architecture/document.h"
#include "graft/models/io/architecture/saved_layer.h"
#include "graft/models/io/base/config_writer.h"
#include "graft/models/model/nested.h"

namespace graft::io {

namespace {

Json object_of(const char* module, const std::string& class_name, Json config) {
  return {{"module", module}, {"class_name", class_name}, {"config", std::move(config)}, {"registered_name", nullptr}};
}

// -- the operands of an operation -------------------------------------------------------------------------------------

// Of the operations whose operands are a list, those that Keras calls without the list: call(*operands).
bool takes_one_by_one(const std::string& class_name) { return class_name == "Einsum" || class_name == "Meshgrid"; }

/// What an operation is called with: its tensors, and the numbers and arrays that stand among its settings or its
/// arguments, in the order of Keras's signature.
class OperandWriter {
 public:
  template <class Ref>
  OperandWriter(const Node& node, const Json& config, const Ref& ref)
      : config_(config), one_by_one_(takes_one_by_one(node.layer().class_name())) {
    const CallArguments& arguments = node.arguments();
    const size_t positional = arguments.positional(node.inputs().size());
    for (size_t i = 0; i < positional; ++i) tensors_.push_back(ref(node.inputs()[i]));
    given_ = call_arguments(node, ref);
    for (const std::string& written : node.layer().impl().call_signature()) add(written);
  }

  Json args = Json::array(), kwargs = Json::object();

 private:
  void add(const std::string& written) {
    const std::string name = operand_name(written);
    if (written.ends_with("...")) return add_list(name);
    if (const Json* value = literal(name)) return put(name, *value);
    if (next_ < tensors_.size()) return put(name, tensors_[next_++]);
    complete_ = false;
  }

  void add_list(const std::string& name) {
    const Json* written = literal(name);
    Json items = written ? *written : list_of(name);
    if (!one_by_one_) return put(name, std::move(items));
    for (Json& item : items) args.push_back(std::move(item));
  }

  Json list_of(const std::string& name) {
    const auto noted = given_.find(cat("#", name));
    size_t left = noted == given_.end() ? tensors_.size() - next_ : noted->get<size_t>();
    Json items = Json::array();
    for (size_t i = 0;; ++i) {
      if (const auto item = given_.find(cat(name, '[', i, ']')); item != given_.end()) {
        items.push_back(*item);
      } else if (left > 0 && next_ < tensors_.size()) {
        items.push_back(tensors_[next_++]);
        --left;
      } else {
        return items;
      }
    }
  }

  const Json* literal(const std::string& name) const {
    for (const Json* place : {&given_, &config_})
      if (const auto found = place->find(name); found != place->end()) return &*found;
    return nullptr;
  }

  // What follows an operand that is left out needs its name.
  void put(const std::string& name, Json value) {
    if (complete_)
      args.push_back(std::move(value));
    else
      kwargs[name] = std::move(value);
  }

  const Json& config_;
  std::vector<Json> tensors_;
  Json given_;  // the arguments of the call
  const bool one_by_one_;
  size_t next_ = 0;
  bool complete_ = true;
};

// -- models -----------------------------------------------------------------------------------------------------------

class Keras3Writer {
 public:
  Json run(const Model& model) {
    Json written = write_model(model, model.name(), {});
    Json ids = Json::object();
    if (!automatic_.empty()) ids["automatic"] = std::move(automatic_);
    if (!shared_.empty()) ids["shared"] = std::move(shared_);
    if (!ids.empty()) written[kIdsKey] = std::move(ids);
    return written;
  }

 private:
  Json write_model(const Model& model, const std::string& name, const std::string& path) {
    const bool chain = is_chain(model);
    Json config = {{"name", name}, {"trainable", model.trainable()}};
    if (!chain) {
      config.update(write_functional(model, path));
      Json written = object_of("keras.src.models.functional", "Functional", std::move(config));
      written["registered_name"] = "Functional";
      return written;
    }
    config["layers"] = Json::array();
    for (const GraphLayer& layer : model.layers()) {
      config["layers"].push_back(write_entry(layer, join_path(path, layer.name())));
      note_build(layer, config["layers"].back());
    }
    Json written = object_of("keras", "Sequential", std::move(config));
    const Json shape = write_shape(model.inputs()[0].shape());
    written["config"]["build_input_shape"] = shape;
    written["build_config"] = {{"input_shape", shape}};
    return written;
  }

  Json write_functional(const Model& model, const std::string& path) {
    const LayerList layers = model.layers();
    const CallOrder order(model.graph(), layers);
    std::vector<std::string> names;
    for (const GraphLayer& layer : layers) names.push_back(layer.name());
    const auto name_of = [&](const Node& node) -> const std::string& { return names[order.layer(node)]; };
    const auto tensor = [&](const SymbolicTensor& t) -> Json {
      const Json history = Json::array({name_of(*t.node()), order.number(*t.node()), t.index()});
      return {
          {"class_name", "__keras_tensor__"},
          {"config", {{"shape", write_shape(t.shape())}, {"dtype", to_string(t.dtype())}, {"keras_history", history}}}};
    };
    // Among inputs and outputs Keras counts the calls of a Functional from 1.
    const auto end = [&](const SymbolicTensor& t) {
      const std::optional<Model> inner = as_model(t.node()->layer());
      const size_t first = inner && !is_chain(*inner) ? 1 : 0;
      return Json::array({name_of(*t.node()), order.number(*t.node()) + first, t.index()});
    };
    Json entries = Json::array();
    for (size_t l = 0; l < layers.size(); ++l) {
      const GraphLayer& layer = layers[static_cast<int64_t>(l)];
      Json entry = write_entry(layer, join_path(path, names[l]));
      entry["name"] = names[l];
      entry["inbound_nodes"] = Json::array();
      note_build(layer, entry);
      for (const auto& node : order.calls(l))
        if (!node->inputs().empty()) entry["inbound_nodes"].push_back(write_call(*node, entry["config"], tensor));
      if (layer.impl().is_operation())  // its calls have them now
        for (const std::string& operand : layer.impl().call_signature()) entry["config"].erase(operand_name(operand));
      entries.push_back(std::move(entry));
    }
    return {{"layers", std::move(entries)},
            {"input_layers", write_ends(model.inputs(), end)},
            {"output_layers", write_ends(model.outputs(), end)}};
  }

  // What Keras makes the weights for, as a shape that it infers may know less: behind a Reshape to (-1) for example.
  static void note_build(const GraphLayer& layer, Json& entry) {
    if (as_model(layer) || layer.impl().is_operation() || layer.nodes()[0]->inputs().size() != 1) return;
    const Shape &called = layer.nodes()[0]->inputs()[0].shape(), &built = layer.impl().build_shape;
    entry["build_config"] = {{"input_shape", write_shape(built.rank() > 0 ? built : called)}};
  }

  template <class End>
  static Json write_ends(const SymbolicTensors& tensors, const End& end) {
    if (tensors.size() == 1) return end(tensors[0]);
    Json ends = Json::array();
    for (const SymbolicTensor& tensor : tensors) ends.push_back(end(tensor));
    return ends;
  }

  template <class Ref>
  static Json write_call(const Node& node, const Json& config, const Ref& ref) {
    const LayerImpl& layer = node.layer().impl();
    if (layer.is_operation() && !layer.call_signature().empty()) {
      OperandWriter operands(node, config, ref);
      return {{"args", std::move(operands.args)}, {"kwargs", std::move(operands.kwargs)}};
    }
    Json inputs = Json::array();
    const size_t count = node.arguments().positional(node.inputs().size());
    for (size_t i = 0; i < count; ++i) inputs.push_back(ref(node.inputs()[i]));
    const std::vector<std::string> signature = layer.call_signature();
    const bool listed = count > 1 && (signature.empty() || signature[0] == "inputs");
    return {{"args", listed ? Json::array({std::move(inputs)}) : std::move(inputs)},
            {"kwargs", call_arguments(node, ref)}};
  }

  Json write_entry(const GraphLayer& layer, const std::string& path) {
    if (layer.name().find('/') != std::string::npos)
      throw ConfigError(cat("Keras allows no \"/\" in the name of a layer; received ", layer.who()));
    remember(layer, path);
    if (const std::optional<Model> model = as_model(layer)) return write_model(*model, layer.name(), path);
    return write_layer(layer, layer.name());
  }

  static Json write_layer(const Layer& layer, const std::string& name) {
    const InnerModels models{.write = [](const Layer& inner) -> Json {
      const std::optional<Model> model = as_model(inner);
      return model ? Keras3Writer().write_model(*model, model->name(), {}) : Json();
    }};
    Json entry = write_layer_object(layer, name, KerasVersion::v3, &models);
    if (layer.impl().is_operation()) entry["module"] = operation_module(layer.class_name());
    if (const UnknownLayer* unknown = as_unknown(layer.impl())) {
      entry["module"] = unknown->config.module.empty() ? Json(nullptr) : Json(unknown->config.module);
      if (!unknown->config.registered_name.empty()) entry["registered_name"] = unknown->config.registered_name;
      entry[kOutputsKey] = write_outputs(unknown->config.outputs);
    }
    return entry;
  }

  void remember(const GraphLayer& layer, const std::string& path) {
    const auto [first, fresh] = first_.emplace(&layer.impl(), path);
    if (!fresh)
      shared_[path] = first->second;
    else if (layer.impl().name.empty() && layer.nodes()[0]->scope().empty())
      automatic_.push_back(path);
  }

  Json shared_ = Json::object(), automatic_ = Json::array();
  std::unordered_map<const LayerImpl*, std::string> first_;
};

}  // namespace

Json write_keras3_architecture(const Model& model) { return Keras3Writer().run(model); }

}  // namespace graft::io
