#include "graft/models/io/base/config_json.h"

#include <algorithm>
#include <map>

#include "graft/graph/layers/registry.h"
#include "graft/models/io/base/sizes_json.h"

namespace graft {

// -- reading -------------------------------------------------------------------------------------------------------

std::string module_of(const Json& entry) {
  const auto text = [&](const char* key) {
    const auto found = entry.find(key);
    return found != entry.end() && found->is_string() ? found->get<std::string>() : "";
  };
  const std::string module = text("module"), registered = text("registered_name");
  if (!module.empty() || registered.empty()) return module;
  const size_t package = registered.rfind('>');
  return package == std::string::npos ? "__main__" : registered.substr(0, package);
}

ConfigReader::ConfigReader(const Json& config, std::string path, KerasVersion version, const InnerModels* models)
    : config_(config), path_(std::move(path)), version_(version), models_(models) {
  if (!config.is_object()) throw FormatError(path_, cat("expected an object of settings; received ", config.dump()));
}

const Json* ConfigReader::find(const char* key) {
  asked_.insert(key);
  const auto found = config_.find(key);
  return found == config_.end() || found->is_null() ? nullptr : &*found;
}

bool ConfigReader::has(const char* key) const { return config_.contains(key); }

void ConfigReader::require(const char* key) {
  required_.insert(key);
  if (find(key)) return;
  faults_.push_back({{}, cat("the setting \"", key, "\" is missing")});
  blank_.insert(key);
}

void ConfigReader::fail(const char* key, const std::string& expected) const {
  throw FormatError(cat(path_, "/", key), cat("expected ", expected, "; received ", config_.at(key).dump()));
}

template <class Read>
void ConfigReader::noting(const char* key, const Read& read) {
  const size_t before = faults_.size();
  try {
    read();
  } catch (const FormatError& error) {  // it begins with a path and ": "
    const std::string& text = error.rule();
    const size_t end = text.find(": ", path_.size());
    if (!text.starts_with(path_) || end == std::string::npos) throw;
    faults_.push_back({text.substr(path_.size(), end - path_.size()), text.substr(end + 2)});
  } catch (const ConfigError& error) {
    faults_.push_back({cat("/", key), error.rule()});
  }
  if (faults_.size() > before && (required_.contains(key) || inner_.contains(key))) blank_.insert(key);
}

template <class Read>
void ConfigReader::read(const char* key, const Read& read) {
  if (const Json* json = find(key)) noting(key, [&] { read(*json); });
}

int64_t ConfigReader::integer(const char* key, const Json& json) const {
  const Json& one = json.is_array() && json.size() == 1 ? json[0] : json;
  if (!one.is_number_integer()) fail(key, "a whole number");
  return one.get<int64_t>();
}

double ConfigReader::number(const char* key, const Json& json) const {
  if (!is_number(json)) fail(key, "a number");
  return number_of(json);
}

Layer ConfigReader::layer(const char* key, const Json& json) {
  if (!json.is_object() || !json.contains("class_name") || !json.contains("config"))
    fail(key, "a layer as {class_name, config}");
  const std::string path = cat(path_, "/", key);
  Layer inner = models_ ? models_->read(json, path) : Layer();
  if (!inner)
    inner = Layer(read_layer_config(json.at("class_name").get<std::string>(), json.at("config"), path + "/config",
                                    version_, module_of(json), models_));
  note_unknown(inner);
  return inner;
}

// The classes that are not known in a layer inside, or in the model that it is.
void ConfigReader::note_unknown(const Layer& inner) {
  if (const UnknownLayer* unknown = as_unknown(inner.impl())) {
    for (const UnknownClass& one : unknown->config.unknown)
      unknown_.push_back({one.name, cat(one.inside.empty() ? "" : one.inside + ' ', '"', inner.name(), '"')});
  } else if (const auto graph = inner.impl().inner_graph()) {
    for (const auto& [name, layers] : unknown_layers(*graph).classes)
      for (const std::string& layer : layers) unknown_.push_back({name, layer});
  }
}

std::vector<int64_t> ConfigReader::integers(const char* key, const Json& json, bool null_is_none) const {
  if (json.is_number_integer()) return {json.get<int64_t>()};
  if (!json.is_array()) fail(key, "a list of whole numbers");
  std::vector<int64_t> values;
  for (const Json& item : json) {
    if (!item.is_number_integer() && !(null_is_none && item.is_null())) fail(key, "a list of whole numbers");
    values.push_back(item.is_null() ? Shape::none : item.get<int64_t>());
  }
  return values;
}

void ConfigReader::operator()(const char* key, bool& value) {
  read(key, [&](const Json& json) {
    if (!json.is_boolean()) fail(key, "true or false");
    value = json.get<bool>();
  });
}

void ConfigReader::operator()(const char* key, int64_t& value) {
  read(key, [&](const Json& json) { value = integer(key, json); });
  blank_.erase(key);
}

void ConfigReader::operator()(const char* key, double& value) {
  read(key, [&](const Json& json) { value = number(key, json); });
  blank_.erase(key);
}

// A string, or what stands for one in Keras 3's object of a dtype policy.
void ConfigReader::operator()(const char* key, std::string& value) {
  read(key, [&](const Json& json) {
    const std::optional<std::string> text = policy_name(json);
    if (!text) fail(key, "a string");
    value = *text;
  });
}

void ConfigReader::operator()(const char* key, std::vector<int64_t>& value) {
  read(key, [&](const Json& json) { value = integers(key, json, false); });
}

void ConfigReader::operator()(const char* key, std::optional<int64_t>& value) {
  read(key, [&](const Json& json) { value = integer(key, json); });
}

void ConfigReader::operator()(const char* key, std::optional<std::vector<int64_t>>& value) {
  read(key, [&](const Json& json) { value = integers(key, json, false); });
}

void ConfigReader::operator()(const char* key, std::optional<double>& value) {
  read(key, [&](const Json& json) { value = number(key, json); });
}

void ConfigReader::operator()(const char* key, Shape& value) {
  read(key, [&](const Json& json) {
    const std::vector<int64_t> dims = integers(key, json, true);
    for (const int64_t dim : dims)
      if (dim < Shape::none) fail(key, "dimensions of 0 or more, -1 or null");
    value = Shape(dims);
  });
}

// How settings inside settings are read: as those of a layer.
ReadSettings ConfigReader::settings() const {
  return [version = version_](const Json& json, const std::string& path, const std::string& who,
                              const std::function<void(FieldVisitor&)>& fields) {
    ConfigReader reader(json, path, version);
    fields(reader);
    reader.finish(who);
  };
}

void ConfigReader::operator()(const char* key, Initializer& value) {
  read(key, [&](const Json& json) { value = read_initializer(json, cat(path_, "/", key), settings()); });
}

void ConfigReader::operator()(const char* key, Regularizer& value) {
  read(key, [&](const Json& json) { value = read_regularizer(json, cat(path_, "/", key), settings()); });
}

void ConfigReader::operator()(const char* key, Constraint& value) {
  read(key, [&](const Json& json) { value = read_constraint(json, cat(path_, "/", key), settings()); });
}

void ConfigReader::operator()(const char* key, ActivationFunction& value) {
  read(key, [&](const Json& json) { value = read_activation(json, cat(path_, "/", key), version_, settings()); });
}

void ConfigReader::operator()(const char* key, Literal& value) {
  read(key, [&](const Json& json) { value = read_literal(json, cat(path_, "/", key)); });
}

void ConfigReader::operator()(const char* key, Literals& value) {
  read(key, [&](const Json& json) {
    if (!json.is_object()) fail(key, "an object of values by name");
    value.clear();
    for (const auto& [name, entry] : json.items()) value[name] = read_literal(entry, cat(path_, "/", key, "/", name));
  });
}

void ConfigReader::operator()(const char* key, Layer& value) {
  inner_.insert(key);
  read(key, [&](const Json& json) { value = layer(key, json); });
}

void ConfigReader::operator()(const char* key, std::vector<Layer>& value) {
  inner_.insert(key);
  read(key, [&](const Json& json) {
    if (!json.is_array()) fail(key, "a list of layers");
    value.clear();
    for (const Json& entry : json) noting(key, [&] { value.push_back(layer(key, entry)); });
  });
}

bool ConfigReader::sizes(const char* key, bool, std::span<int64_t> values) {
  read(key, [&](const Json& json) {
    if (!read_sizes(json, values)) fail(key, sizes_form(values.size()));
  });
  blank_.erase(key);
  return find(key) != nullptr;
}

void ConfigReader::sides(const char* key, std::span<Ends> values) {
  read(key, [&](const Json& json) {
    if (!read_sides(json, values))
      fail(key, values.size() == 1 ? sizes_form(2) : sizes_form(values.size()) + ", each a number or (before, after)");
  });
}

void ConfigReader::object(const char* key, std::string& class_name, const std::function<void(FieldVisitor&)>& fields) {
  read(key, [&](const Json& json) {
    if (!json.is_object() || !json.contains("class_name") || !json.at("class_name").is_string() ||
        !json.contains("config"))
      fail(key, "an object {class_name, config}");
    class_name = json.at("class_name").get<std::string>();
    ConfigReader inner(json.at("config"), cat(path_, "/", key, "/config"), version_);
    fields(inner);
    inner.finish(class_name);
  });
}

void ConfigReader::word(const char* key, const std::string&, const std::function<void(const std::string&)>& parse) {
  read(key, [&](const Json& json) {
    if (!json.is_string()) fail(key, "a word");
    parse(json.get<std::string>());
  });
}

// Whether a setting that a layer does not have changes no result, whatever the layer is.
static bool is_harmless(const std::string& key, const Json& value) {
  // They belong to a Sequential's first layer, to base classes of TF.js and of Keras 2, to speed and to random draws.
  static const std::set<std::string> always{"name",
                                            "trainable",
                                            "batch_input_shape",
                                            "batch_shape",
                                            "input_dim",
                                            "input_length",
                                            "input_shape",
                                            "kernel_initializer",
                                            "rank",
                                            "seed",
                                            "autocast",
                                            "fused",
                                            "synchronized",
                                            "renorm_momentum",
                                            "implementation",
                                            "ragged",
                                            "sparse",
                                            "experimental_run_tf_function",
                                            "jit_compile",
                                            "registered_name",
                                            "build_config"};
  static const std::multimap<std::string, Json> defaults{
      {"data_format", "channels_last"}, {"groups", 1}, {"dtype", "float32"}};
  if (value.is_null() || value == Json(false) || always.contains(key)) return true;
  const auto [first, last] = defaults.equal_range(key);
  return std::any_of(first, last, [&](const auto& entry) { return entry.second == value; });
}

std::vector<std::string> ConfigReader::unknown_keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, value] : config_.items())
    if (!asked_.contains(key) && !is_harmless(key, value)) keys.push_back(key);
  return keys;
}

void ConfigReader::note_rules(const std::string& rules) {
  const auto at_fault = [&](const std::string& rule) {
    const std::string setting = rule.substr(0, rule.find(' '));
    return std::ranges::any_of(faults_, [&](const Fault& fault) {
      return fault.place == '/' + setting || fault.rule.starts_with(cat("the setting \"", setting, '"'));
    });
  };
  for (const std::string& rule : single_rules(rules))
    if (!at_fault(rule)) faults_.push_back({{}, rule});
}

// The settings with their values: `units (3), name ("x")`.
std::string ConfigReader::text_of(const std::vector<std::string>& keys) const {
  std::string listed;
  for (const std::string& key : keys) {
    std::string value = config_.at(key).dump();
    if (value.size() > 60) value = value.substr(0, 57) + "...";
    listed += cat(listed.empty() ? "" : ", ", key, " (", value, ")");
  }
  return listed;
}

void ConfigReader::finish(const std::string& who) const {
  std::vector<Fault> all = faults_;
  const std::vector<std::string> keys = unknown_keys();
  const bool strange = !keys.empty();
  if (strange)
    all.push_back(
        {{}, cat("has ", keys.size() == 1 ? "a setting" : "settings", " that Graft does not know: ", text_of(keys))});
  if (all.empty()) return;
  if (all.size() == 1 && (!all[0].place.empty() || all[0].rule.starts_with("the setting ")))
    throw FormatError(path_ + all[0].place, all[0].rule);  // the path says it all
  std::vector<std::string> rules;
  for (const Fault& fault : all)
    rules.push_back(cat(fault.place.empty() ? "" : fault.place.substr(1) + ": ", fault.rule));
  throw FormatError(path_, cat(who, strange && all.size() == 1 ? " " : ": ", all_rules(rules)));
}

// -- layers --------------------------------------------------------------------------------------------------------

// A Lambda whose function is none of keras.activations: Python's bytecode, which nobody runs here, or a function of the
// user's own.
static bool holds_unknown_function(const std::string& class_name, const Json& config) {
  if (class_name != "Lambda" || is_registered_by_caller("Lambda") || !config.is_object()) return false;
  const auto module = config.find("module");
  if (module != config.end() && module->is_string() && !is_of_keras(module->get<std::string>())) return true;
  const auto found = config.find("function");
  if (found == config.end()) return false;  // the missing setting is reported
  const Json& function = found->is_object() && found->contains("config") ? found->at("config") : *found;
  return !function.is_string() || !ActivationName::contains(function.get<std::string>());
}

// The settings that every layer has.
static void read_common(ConfigReader& reader, LayerImpl& layer) {
  reader("name", layer.name);
  reader("trainable", layer.trainable);
  reader("activity_regularizer", layer.activity_regularizer);
  // The type of an input or of an operation is a setting of its own.
  if (layer.is_input() || layer.is_operation() || !reader.has("dtype")) return;
  std::string policy = layer.dtype_policy.name();
  reader("dtype", policy);
  layer.dtype_policy = DTypePolicy(policy);
}

// What a layer with these settings is called in messages.
static std::string who_is(const std::string& class_name, const Json& config) {
  const auto name = config.find("name");
  const bool named = name != config.end() && name->is_string() && !name->get<std::string>().empty();
  return named ? cat(class_name, " \"", name->get<std::string>(), '"') : class_name;
}

static std::shared_ptr<LayerImpl> unknown_layer(const std::string& class_name, const Json& config,
                                                std::vector<UnknownClass> unknown) {
  UnknownLayerConfig settings{.class_name = class_name, .settings = config.dump(), .unknown = std::move(unknown)};
  const auto layer = std::make_shared<UnknownLayer>(std::move(settings));
  if (!config.is_object()) return layer;
  if (const auto name = config.find("name"); name != config.end() && name->is_string())
    layer->name = name->get<std::string>();
  if (const auto trainable = config.find("trainable"); trainable != config.end() && trainable->is_boolean())
    layer->trainable = trainable->get<bool>();
  return layer;
}

std::shared_ptr<LayerImpl> read_layer_config(const std::string& class_name, const Json& config, const std::string& path,
                                             KerasVersion version, const std::string& module,
                                             const InnerModels* models) {
  const LayerClass* layer_class = find_layer_class(class_name, module);
  if (!layer_class || holds_unknown_function(class_name, config))
    return unknown_layer(class_name, config, {{class_name}});
  ConfigReader reader(config, path, version, models);
  std::shared_ptr<LayerImpl> layer;
  try {
    layer = layer_class->create(reader);
    if (layer) read_common(reader, *layer);
  } catch (const ConfigError& error) {
    reader.note_rules(error.rule());
  }
  if (layer || reader.unknown_inside().empty()) reader.finish(who_is(class_name, config));
  if (layer) return layer;
  std::vector<UnknownClass> unknown = reader.unknown_inside();
  for (UnknownClass& one : unknown) one.inside += cat(" in ", class_name);
  return unknown_layer(class_name, config, std::move(unknown));
}

}  // namespace graft
