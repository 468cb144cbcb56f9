#include "graft/models/io/architecture/read.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "graft/graph/graph.h"
#include "graft/graph/layers/core/input.h"
#include "graft/models/io/architecture/call_reader.h"
#include "graft/models/io/architecture/saved_layer.h"
#include "graft/models/io/architecture/tensorflow_call.h"
#include "graft/models/model/nested.h"
#include "graft/models/model/sequential.h"

namespace graft::io {

namespace {

class ArchitectureReader {
 public:
  ArchitectureReader(const LayerIds& ids, KerasVersion version) : ids_(ids), version_(version) {}

  ReadArchitecture run(const JsonView& model) {
    result_.model = read_model(model, {}, {});
    return std::move(result_);
  }

  /// `shape` is the shape at the call, for a Sequential that does not store its own.
  Model read_model(const JsonView& model, const std::string& path, const std::optional<Shape>& shape);
  Layer read_layer(const JsonView& entry, const std::string& name, const std::string& path,
                   const std::optional<Shape>& shape);
  /// `key` is what the ids of the file know the layer by: its name, which is unique there, or in Keras 3 its path.
  void name_layer(const Layer& layer, const std::string& name, const std::string& key) const;

 private:
  Model read_functional(const JsonView& config, const std::string& path);
  Model read_sequential(const JsonView& model, const std::string& path, const std::optional<Shape>& shape);
  Layer first_input(const JsonView& model, const JsonView& first, const std::optional<Shape>& shape);
  Layer read_plain_layer(const JsonView& entry);

  const LayerIds& ids_;
  KerasVersion version_;
  ReadArchitecture result_;
  std::unordered_map<std::string, Layer> by_key_;  // see name_layer
};

// A layer of a Functional model while its calls are recorded.
struct Entry {
  std::string name;
  JsonView saved;
  bool model = false;
  std::vector<SavedCall> calls;
  Layer layer = {};
  std::vector<SymbolicTensors> outputs = {};    // by call; empty until recorded
  int64_t first_inbound = 0, first_output = 0;  // how the file numbers the first call
};

/// Records the calls of a Functional model, each as soon as its inputs exist.
class FunctionalReader {
 public:
  FunctionalReader(ArchitectureReader& reader, const JsonView& config, std::string here)
      : reader_(reader), config_(config), path_(std::move(here)) {}

  Model run() {
    read_entries();
    const std::vector<TensorRef> inputs = read_refs(config_["input_layers"]);
    const std::vector<TensorRef> outputs = read_refs(config_["output_layers"]);
    number_calls(outputs);
    make_layers();
    note_uses(outputs);
    record_calls();
    const ModelConfig named{.name = config_.has_value("name") ? config_["name"].string() : ""};
    try {
      return Model(resolve_all(inputs), resolve_all(outputs), named, source_location());
    } catch (const GraphError& error) {
      config_.fail(error.rule());
    }
  }

 private:
  struct CallId {
    size_t entry, call;
  };

  void read_entries() {
    for (const JsonView& saved : config_["layers"].items()) {
      Entry entry{
          .name = saved_name(saved), .saved = saved, .model = is_model(saved["class_name"].string()), .calls = {}};
      if (entry.name.empty()) saved.fail("the layer has no name");
      if (saved.has_value("inbound_nodes")) entry.calls = read_calls(saved["inbound_nodes"]);
      if (entry.calls.empty()) entry.calls.emplace_back();  // an input makes its one call itself
      entry.outputs.resize(entry.calls.size());
      if (!by_name_.emplace(entry.name, entries_.size()).second)
        saved.fail(cat("two layers are named \"", entry.name, '"'));
      entries_.push_back(std::move(entry));
    }
  }

  Entry& named(const TensorRef& ref) {
    const auto found = by_name_.find(ref.layer);
    if (found == by_name_.end()) throw FormatError(ref.place, cat("there is no layer \"", ref.layer, '"'));
    return entries_[found->second];
  }

  // A nested model's first call is number 1 in Keras 1 and 2 and TF.js. Keras 3 counts its calls from 0, but among the
  // outputs those of a Functional from 1. A number that only fits the other way of counting decides.
  static int64_t first_number(int64_t usual, const std::vector<int64_t>& seen, size_t calls) {
    for (const int64_t number : seen)
      if (number == 0) return 0;
    for (const int64_t number : seen)
      if (number == static_cast<int64_t>(calls)) return 1;
    return usual;
  }

  void number_calls(const std::vector<TensorRef>& outputs) {
    std::unordered_map<const Entry*, std::vector<int64_t>> inbound, outbound;
    bool keras3 = false;
    for (const Entry& entry : entries_)
      for (const SavedCall& call : entry.calls) {
        keras3 = keras3 || call.keras3;
        for (const TensorRef& ref : call.inputs) inbound[&named(ref)].push_back(ref.node);
      }
    for (const TensorRef& ref : outputs) outbound[&named(ref)].push_back(ref.node);
    for (Entry& entry : entries_) {
      if (!entry.model) continue;
      const bool sequential = is_sequential(entry.saved["class_name"].string());
      entry.first_inbound = first_number(keras3 ? 0 : 1, inbound[&entry], entry.calls.size());
      entry.first_output = first_number(keras3 && sequential ? 0 : 1, outbound[&entry], entry.calls.size());
    }
  }

  void make_layers() {
    for (Entry& entry : entries_)
      if (!needs_call(entry.saved)) entry.layer = reader_.read_layer(entry.saved, entry.name, path_, {});
  }

  // An operation of TensorFlow has its settings in its call.
  static bool needs_call(const JsonView& saved) { return knows_tensorflow_operation(saved) || needs_shape(saved); }

  // What the file says of the outputs of a layer where others use them.
  void note_uses(const std::vector<TensorRef>& outputs) {
    std::vector<TensorRef> uses = outputs;
    for (const Entry& entry : entries_)
      for (const SavedCall& call : entry.calls) uses.insert(uses.end(), call.inputs.begin(), call.inputs.end());
    for (const TensorRef& ref : uses)
      if (const Layer& layer = named(ref).layer; layer && ref.tensor >= 0)
        note_output(layer.impl(), static_cast<size_t>(ref.tensor), ref.spec);
  }

  // A nested Sequential without an input shape is made at its first call.
  static bool needs_shape(const JsonView& saved) {
    if (!is_sequential(saved["class_name"].string())) return false;
    const JsonView config = saved["config"];
    if (config.has_value("build_input_shape")) return false;
    const std::vector<JsonView> layers = layers_of(config).items();
    if (layers.empty()) return false;
    if (is_model(layers[0]["class_name"].string())) return needs_shape(layers[0]);
    const JsonView first = layers[0]["config"];
    return !first.has_value("batch_input_shape") && !first.has_value("batch_shape");
  }

  CallId call_of(const TensorRef& ref, int64_t Entry::* first) {
    Entry& entry = named(ref);
    const int64_t call = ref.node - entry.*first;
    if (call < 0 || call >= static_cast<int64_t>(entry.calls.size()))
      throw FormatError(ref.place, cat("names call ", ref.node, " of layer \"", ref.layer, "\", which has ",
                                       entry.calls.size(), entry.calls.size() == 1 ? " call" : " calls"));
    return {static_cast<size_t>(&entry - entries_.data()), static_cast<size_t>(call)};
  }

  void record_calls() {
    std::vector<size_t> offsets;  // number of the first call of each entry
    size_t count = 0;
    for (const Entry& entry : entries_) {
      offsets.push_back(count);
      count += entry.calls.size();
    }
    std::vector<CallId> ids(count);
    std::vector<size_t> missing(count, 0);
    std::vector<std::vector<size_t>> waiting(count);
    std::deque<size_t> ready;
    for (size_t e = 0; e < entries_.size(); ++e)
      for (size_t c = 0; c < entries_[e].calls.size(); ++c) {
        const size_t id = offsets[e] + c;
        ids[id] = {e, c};
        for (const TensorRef& ref : entries_[e].calls[c].inputs) {
          const CallId needed = call_of(ref, &Entry::first_inbound);
          waiting[offsets[needed.entry] + needed.call].push_back(id);
          ++missing[id];
        }
        if (missing[id] == 0) ready.push_back(id);
      }
    size_t recorded = 0;
    for (; !ready.empty(); ++recorded) {
      const size_t id = ready.front();
      ready.pop_front();
      record(entries_[ids[id].entry], ids[id].call);
      for (const size_t next : waiting[id])
        if (--missing[next] == 0) ready.push_back(next);
    }
    if (recorded != count) fail_cycle();
  }

  void record(Entry& entry, size_t index) {
    const SavedCall& call = entry.calls[index];
    SymbolicTensors given;
    for (const TensorRef& ref : call.inputs) given.push_back(resolve(ref, &Entry::first_inbound));
    if (knows_tensorflow_operation(entry.saved)) {
      const TensorFlowCall translated = read_tensorflow_call(entry.saved, call);
      if (!entry.layer) entry.layer = translated.layer;
      reader_.name_layer(translated.layer, entry.name, entry.name);
      entry.outputs[index] = called(entry, translated.layer, given, translated.call);
      return;
    }
    if (!entry.layer)
      entry.layer =
          reader_.read_layer(entry.saved, entry.name, path_, given.empty() ? std::optional<Shape>() : given[0].shape());
    entry.outputs[index] = called(entry, entry.layer, given, bind_call(call, entry.layer.impl()));
  }

  static SymbolicTensors called(const Entry& entry, const Layer& layer, const SymbolicTensors& given,
                                const BoundCall& bound) {
    SymbolicTensors inputs;
    for (const size_t input : bound.inputs) inputs.push_back(given[input]);
    try {
      return layer.call(inputs, bound.arguments, {}, source_location());
    } catch (const Error& error) {
      entry.saved.fail(cat('[', layer.who(), "] ", error.rule()));
    }
  }

  SymbolicTensor resolve(const TensorRef& ref, int64_t Entry::* first) {
    const CallId id = call_of(ref, first);
    const SymbolicTensors& outputs = entries_[id.entry].outputs[id.call];
    if (ref.tensor < 0 || ref.tensor >= static_cast<int64_t>(outputs.size()))
      throw FormatError(ref.place, cat("names output ", ref.tensor, " of layer \"", ref.layer, "\", which has ",
                                       outputs.size(), outputs.size() == 1 ? " output" : " outputs"));
    return outputs[static_cast<size_t>(ref.tensor)];
  }

  SymbolicTensors resolve_all(const std::vector<TensorRef>& refs) {
    SymbolicTensors tensors;
    for (const TensorRef& ref : refs) tensors.push_back(resolve(ref, &Entry::first_output));
    return tensors;
  }

  [[noreturn]] void fail_cycle() {
    for (Entry& entry : entries_)
      for (size_t i = 0; i < entry.calls.size(); ++i)
        if (entry.outputs[i].empty())
          entry.saved.fail(cat("the calls form a cycle: layer \"", entry.name, "\" waits for layer \"",
                               entry.calls[i].inputs[0].layer, "\", which waits for it in turn"));
    config_.fail("the calls form a cycle");
  }

  ArchitectureReader& reader_;
  JsonView config_;
  std::string path_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, size_t> by_name_;
};

Model ArchitectureReader::read_model(const JsonView& model, const std::string& path,
                                     const std::optional<Shape>& shape) {
  const std::string class_name = model["class_name"].string();
  if (!is_model(class_name)) model["class_name"].expected("\"Functional\", \"Model\" or \"Sequential\"");
  const JsonView config = model["config"];
  Model made =
      is_sequential(class_name) ? read_sequential(model, path, shape) : FunctionalReader(*this, config, path).run();
  if (config.has_value("trainable")) made.impl().trainable = config["trainable"].boolean();
  return made;
}

// A new layer of the class that the entry names, or a layer that an earlier part of the file has made already.
Layer ArchitectureReader::read_layer(const JsonView& entry, const std::string& name, const std::string& path,
                                     const std::optional<Shape>& shape) {
  const std::string class_name = entry["class_name"].string();
  const std::string here = join_path(path, name), key = version_ == KerasVersion::v3 ? here : name;
  if (const auto shared = ids_.shared.find(key); shared != ids_.shared.end()) {
    const auto first = by_key_.find(shared->second);
    if (first == by_key_.end()) entry.fail("the layer that it shares its weights with does not exist");
    if (!is_model(class_name))
      result_.layers.push_back({name, here, first->second});
    else  // the layers inside are shared too: the file stores their weights by these names as well
      for (const JsonView& inner : layers_of(entry["config"]).items()) read_layer(inner, saved_name(inner), here, {});
    return first->second;
  }
  Layer layer;
  if (is_model(class_name))
    layer = read_model(entry, here, shape);
  else
    layer = read_plain_layer(entry);
  name_layer(layer, name, key);
  by_key_.emplace(key, layer);
  if (!is_model(class_name) && !layer.impl().is_input()) result_.layers.push_back({name, here, layer});
  return layer;
}

void ArchitectureReader::name_layer(const Layer& layer, const std::string& name, const std::string& key) const {
  const auto original = ids_.names.find(key);
  layer.impl().name = original != ids_.names.end() ? original->second : ids_.automatic.contains(key) ? "" : name;
}

// A new layer of the class that the entry names.
Layer ArchitectureReader::read_plain_layer(const JsonView& entry) {
  const InnerModels models{.read = [this](const Json& inner, const std::string& path) -> Layer {
    const JsonView view(inner, path);
    if (!is_model(view["class_name"].string())) return {};
    static const LayerIds none;
    return ArchitectureReader(none, version_).run(view).model;
  }};
  return read_layer_entry(entry, version_, models);
}

Layer make_input(const Shape& batch_shape, const std::string& dtype, const std::string& name) {
  InputConfig config{.shape = batch_shape.without_batch(), .dtype = dtype, .name = name};
  if (batch_shape.rank() > 0 && batch_shape[0] != Shape::none) config.batch_size = batch_shape[0];
  return Input(config, source_location()).node()->layer();
}

// The input of a Sequential: an InputLayer, the first layer's batch_input_shape, or what the model was built for.
Layer ArchitectureReader::first_input(const JsonView& model, const JsonView& first, const std::optional<Shape>& shape) {
  const JsonView config = first["config"];
  const std::string name = cat(saved_name(first), "_input");
  const std::string dtype =
      config.has_value("dtype") && config["dtype"].is_string() ? config["dtype"].string() : "float32";
  for (const char* key : {"batch_input_shape", "batch_shape"})
    if (config.has_value(key)) return make_input(config[key].shape(), dtype, name);
  if (!model["config"].is_array() && model["config"].has_value("build_input_shape"))
    return make_input(model["config"]["build_input_shape"].shape(), dtype, name);
  if (shape) return make_input(*shape, dtype, name);
  model.fail(
      "the Sequential does not say its input shape: it has no InputLayer, batch_input_shape or build_input_shape");
}

Model ArchitectureReader::read_sequential(const JsonView& model, const std::string& path,
                                          const std::optional<Shape>& shape) {
  const JsonView config = model["config"];
  const std::vector<JsonView> entries = layers_of(config).items();
  if (entries.empty()) model.fail("the Sequential has no layers");
  std::vector<Layer> layers;
  std::unordered_set<std::string> names;
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string class_name = entries[i]["class_name"].string();
    std::string name = saved_name(entries[i]);
    if (name.empty()) name = cat(snake_case(class_name), '_', i + 1);  // old files leave it out
    if (!names.insert(name).second) entries[i].fail(cat("two layers are named \"", name, '"'));
    if (i == 0 && is_model(class_name)) {
      const Layer inner = read_layer(entries[i], name, path, shape);
      const SymbolicTensor input = as_model(inner)->input();
      layers.push_back(make_input(input.shape(), to_string(input.dtype()), cat(name, "_input")));
      layers.push_back(inner);
      continue;
    }
    if (i == 0 && class_name != "InputLayer") layers.push_back(first_input(model, entries[i], shape));
    layers.push_back(read_layer(entries[i], name, path, {}));
    if (i + 1 == entries.size()) break;
    if (const Shape next = built_shape(entries[i + 1]); next.rank() > 0)
      note_output(layers.back().impl(), 0, InputSpec{next, DType::f32});
  }
  const bool named = config.is_object() && config.has_value("name");
  try {
    return Sequential(layers, {.name = named ? config["name"].string() : ""}, source_location());
  } catch (const Error& error) {
    model.fail(error.rule());
  }
}

}  // namespace

LayerIds read_ids(const JsonView& block) {
  LayerIds ids;
  for (auto [key, map] : {std::pair{"names", &ids.names}, std::pair{"shared", &ids.shared}}) {
    if (!block.has(key)) continue;
    const JsonView entries = block[key];
    for (const auto& [name, value] : entries.object().items()) {
      if (!value.is_string()) entries.expected("names");
      map->emplace(name, value.get<std::string>());
    }
  }
  if (block.has("automatic"))
    for (const JsonView& name : block["automatic"].items()) ids.automatic.insert(name.string());
  return ids;
}

ReadArchitecture read_architecture(const JsonView& model, const LayerIds& ids, KerasVersion version) {
  return ArchitectureReader(ids, version).run(model);
}

}  // namespace graft::io
