#include "graft/models/io/base/config_json.h"

#include <algorithm>
#include <map>

#include "graft/graph/layers/registry.h"
#include "graft/models/io/base/literal_json.h"
#include "graft/models/io/base/sizes_json.h"

namespace graft {

// -- reading -------------------------------------------------------------------------------------------------------

static std::string module_of(const Json& entry) {
  const auto found = entry.find("module");
  return found != entry.end() && found->is_string() ? found->get<std::string>() : "";
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
  if (!find(key)) throw FormatError(path_, cat("the setting \"", key, "\" is missing"));
}

void ConfigReader::fail(const char* key, const std::string& expected) const {
  throw FormatError(cat(path_, "/", key), cat("expected ", expected, "; received ", config_.at(key).dump()));
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

Layer ConfigReader::layer(const char* key, const Json& json) const {
  if (!json.is_object() || !json.contains("class_name") || !json.contains("config"))
    fail(key, "a layer as {class_name, config}");
  const std::string path = cat(path_, "/", key);
  if (models_)
    if (Layer model = models_->read(json, path)) return model;
  return Layer(read_layer_config(json.at("class_name").get<std::string>(), json.at("config"), path + "/config",
                                 version_, module_of(json), models_));
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
  const Json* json = find(key);
  if (!json) return;
  if (!json->is_boolean()) fail(key, "true or false");
  value = json->get<bool>();
}

void ConfigReader::operator()(const char* key, int64_t& value) {
  if (const Json* json = find(key)) value = integer(key, *json);
}

void ConfigReader::operator()(const char* key, double& value) {
  if (const Json* json = find(key)) value = number(key, *json);
}

// A string, or what stands for one in Keras 3's object of a dtype policy.
void ConfigReader::operator()(const char* key, std::string& value) {
  const Json* json = find(key);
  if (!json) return;
  const std::optional<std::string> text = policy_name(*json);
  if (!text) fail(key, "a string");
  value = *text;
}

void ConfigReader::operator()(const char* key, std::vector<int64_t>& value) {
  if (const Json* json = find(key)) value = integers(key, *json, false);
}

void ConfigReader::operator()(const char* key, std::optional<int64_t>& value) {
  if (const Json* json = find(key)) value = integer(key, *json);
}

void ConfigReader::operator()(const char* key, std::optional<std::vector<int64_t>>& value) {
  if (const Json* json = find(key)) value = integers(key, *json, false);
}

void ConfigReader::operator()(const char* key, std::optional<double>& value) {
  if (const Json* json = find(key)) value = number(key, *json);
}

void ConfigReader::operator()(const char* key, Shape& value) {
  const Json* json = find(key);
  if (!json) return;
  const std::vector<int64_t> dims = integers(key, *json, true);
  for (const int64_t dim : dims)
    if (dim < Shape::none) fail(key, "dimensions of 0 or more, -1 or null");
  value = Shape(dims);
}

// How settings inside settings are read: as those of a layer.
ReadSettings ConfigReader::settings() const {
  return [version = version_](const Json& json, const std::string& path, const std::string& who,
                              const std::function<void(FieldVisitor&)>& fields) {
    ConfigReader reader(json, path, version);
    fields(reader);
    reader.refuse_unknown(who);
  };
}

void ConfigReader::operator()(const char* key, Initializer& value) {
  if (const Json* json = find(key)) value = read_initializer(*json, cat(path_, "/", key), settings());
}

void ConfigReader::operator()(const char* key, Regularizer& value) {
  if (const Json* json = find(key)) value = read_regularizer(*json, cat(path_, "/", key), settings());
}

void ConfigReader::operator()(const char* key, Constraint& value) {
  if (const Json* json = find(key)) value = read_constraint(*json, cat(path_, "/", key), settings());
}

void ConfigReader::operator()(const char* key, ActivationFunction& value) {
  if (const Json* json = find(key)) value = read_activation(*json, cat(path_, "/", key), version_, settings());
}

void ConfigReader::operator()(const char* key, Literal& value) {
  if (const Json* json = find(key)) value = read_literal(*json, cat(path_, "/", key));
}

void ConfigReader::operator()(const char* key, Literals& value) {
  const Json* json = find(key);
  if (!json) return;
  if (!json->is_object()) fail(key, "an object of values by name");
  value.clear();
  for (const auto& [name, entry] : json->items()) value[name] = read_literal(entry, cat(path_, "/", key, "/", name));
}

void ConfigReader::operator()(const char* key, Layer& value) {
  if (const Json* json = find(key)) value = layer(key, *json);
}

void ConfigReader::operator()(const char* key, std::vector<Layer>& value) {
  const Json* json = find(key);
  if (!json) return;
  if (!json->is_array()) fail(key, "a list of layers");
  value.clear();
  for (const Json& entry : *json) value.push_back(layer(key, entry));
}

bool ConfigReader::sizes(const char* key, bool, std::span<int64_t> values) {
  const Json* json = find(key);
  if (json && !read_sizes(*json, values)) fail(key, sizes_form(values.size()));
  return json != nullptr;
}

void ConfigReader::sides(const char* key, std::span<Ends> values) {
  const Json* json = find(key);
  if (!json || read_sides(*json, values)) return;
  fail(key, values.size() == 1 ? sizes_form(2) : sizes_form(values.size()) + ", each a number or (before, after)");
}

void ConfigReader::object(const char* key, std::string& class_name, const std::function<void(FieldVisitor&)>& fields) {
  const Json* json = find(key);
  if (!json) return;
  if (!json->is_object() || !json->contains("class_name") || !json->at("class_name").is_string() ||
      !json->contains("config"))
    fail(key, "an object {class_name, config}");
  class_name = json->at("class_name").get<std::string>();
  ConfigReader inner(json->at("config"), cat(path_, "/", key, "/config"), version_);
  fields(inner);
  inner.refuse_unknown(class_name);
}

void ConfigReader::word(const char* key, const std::string&, const std::function<void(const std::string&)>& parse) {
  const Json* json = find(key);
  if (!json) return;
  if (!json->is_string()) fail(key, "a word");
  try {
    parse(json->get<std::string>());
  } catch (ConfigError& error) {
    throw FormatError(cat(path_, "/", key), error.rule());
  }
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

void ConfigReader::refuse_unknown(const std::string& who) const {
  std::string listed;
  const std::vector<std::string> keys = unknown_keys();
  for (const std::string& key : keys) {
    std::string value = config_.at(key).dump();
    if (value.size() > 60) value = value.substr(0, 57) + "...";
    listed += cat(listed.empty() ? "" : ", ", key, " (", value, ")");
  }
  if (keys.empty()) return;
  throw FormatError(
      path_, cat(who, keys.size() == 1 ? " has a setting" : " has settings", " that Graft does not know: ", listed));
}

// -- writing -------------------------------------------------------------------------------------------------------

void ConfigWriter::operator()(const char* key, std::optional<int64_t>& value) { json[key] = or_null(value); }

void ConfigWriter::operator()(const char* key, std::optional<std::vector<int64_t>>& value) {
  json[key] = or_null(value);
}

void ConfigWriter::operator()(const char* key, std::optional<double>& value) { json[key] = or_null(value); }

void ConfigWriter::operator()(const char* key, Shape& value) {
  Json dims = Json::array();
  for (const int64_t dim : value) dims.push_back(dim == Shape::none ? Json(nullptr) : Json(dim));
  json[key] = dims;
}

void ConfigWriter::operator()(const char* key, Initializer& value) { json[key] = write_initializer(value, version_); }

void ConfigWriter::operator()(const char* key, Regularizer& value) { json[key] = write_regularizer(value); }

void ConfigWriter::operator()(const char* key, Constraint& value) { json[key] = write_constraint(value); }

void ConfigWriter::operator()(const char* key, ActivationFunction& value) {
  json[key] = write_activation(value, version_);
}

void ConfigWriter::operator()(const char* key, Literal& value) { json[key] = write_literal(value); }

void ConfigWriter::operator()(const char* key, Literals& value) {
  json[key] = Json::object();
  for (const auto& [name, entry] : value) json[key][name] = write_literal(entry);
}

Json ConfigWriter::layer(const Layer& layer) const {
  Json model = models_ ? models_->write(layer) : Json();
  if (!model.is_null()) return model;
  return {{"class_name", layer.class_name()},
          {"config", write_layer_config(layer.impl(), layer.name(), version_, models_)}};
}

void ConfigWriter::operator()(const char* key, Layer& value) { json[key] = value ? layer(value) : Json(nullptr); }

void ConfigWriter::operator()(const char* key, std::vector<Layer>& value) {
  json[key] = Json::array();
  for (const Layer& one : value) json[key].push_back(layer(one));
}

bool ConfigWriter::sizes(const char* key, bool present, std::span<int64_t> values) {
  json[key] = present ? write_sizes(values) : Json(nullptr);
  return present;
}

void ConfigWriter::sides(const char* key, std::span<Ends> values) { json[key] = write_sides(values); }

void ConfigWriter::object(const char* key, std::string& class_name, const std::function<void(FieldVisitor&)>& fields) {
  json[key] = nullptr;
  if (class_name.empty()) return;
  ConfigWriter inner(version_);
  fields(inner);
  json[key] = {{"class_name", class_name}, {"config", std::move(inner.json)}};
}

void ConfigWriter::word(const char* key, const std::string& current, const std::function<void(const std::string&)>&) {
  json[key] = current;
}

// -- layers --------------------------------------------------------------------------------------------------------

Json write_layer_config(LayerImpl& layer, const std::string& name, KerasVersion version, const InnerModels* models) {
  ConfigWriter writer(version, models);
  writer.json["name"] = name;
  writer.json["trainable"] = layer.trainable;
  writer.json["dtype"] = layer.dtype_policy.name();
  layer.fields(writer);
  if (layer.activity_regularizer && layer.writes_activity_regularizer())
    writer("activity_regularizer", layer.activity_regularizer);
  return std::move(writer.json);
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

std::shared_ptr<LayerImpl> read_layer_config(const std::string& class_name, const Json& config, const std::string& path,
                                             KerasVersion version, const std::string& module,
                                             const InnerModels* models) {
  const LayerClass* layer_class = find_layer_class(class_name, module);
  if (!layer_class)
    throw FormatError(path, cat("the layer class \"", class_name, "\" is not known"))
        .hint("register_layer_class adds a class of your own.");
  ConfigReader reader(config, path, version, models);
  try {
    const std::shared_ptr<LayerImpl> layer = layer_class->create(reader);
    read_common(reader, *layer);
    reader.refuse_unknown(layer->name.empty() ? class_name : cat(class_name, " \"", layer->name, '"'));
    return layer;
  } catch (ConfigError& error) {
    throw FormatError(path, cat(class_name, ": ", error.rule()));
  }
}

}  // namespace graft
