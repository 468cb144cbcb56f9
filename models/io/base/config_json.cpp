#include "graft/models/io/base/config_json.h"

#include <map>

#include "graft/graph/layers/registry.h"

namespace graft {

// -- names that differ between the versions ------------------------------------------------------------------------

static bool names_activation(const std::string& key) { return key.ends_with("activation"); }

static std::string read_activation(const std::string& text, KerasVersion version) {
  if (text == "hard_sigmoid" && version == KerasVersion::v2) return "hard_sigmoid_v2";
  if (text == "hard_sigmoid_v3") return "hard_sigmoid";
  return text;
}

// A function without a name in a version keeps ours, so that other programs refuse it instead of computing another one.
static std::string written_activation(const std::string& name, KerasVersion version) {
  if (version == KerasVersion::v3) return name;
  if (name == "hard_sigmoid") return "hard_sigmoid_v3";
  if (name == "hard_sigmoid_v2") return "hard_sigmoid";
  return name == "silu" ? "swish" : name;
}

// The numbers of an initializer's config, in the order of Initializer::a, b.
static const std::vector<const char*>& initializer_numbers(const std::string& class_name) {
  static const std::map<std::string, std::vector<const char*>> numbers{
      {"Constant", {"value"}},  {"RandomUniform", {"minval", "maxval"}}, {"RandomNormal", {"mean", "stddev"}},
      {"Orthogonal", {"gain"}}, {"TruncatedNormal", {"mean", "stddev"}}, {"VarianceScaling", {"scale"}},
      {"Identity", {"gain"}},
  };
  static const std::vector<const char*> none;
  const auto found = numbers.find(class_name);
  return found == numbers.end() ? none : found->second;
}

// TF.js capitalises LeCun, Keras does not.
static std::string written_initializer(const std::string& class_name, KerasVersion version) {
  return version == KerasVersion::v2 && class_name.starts_with("Lecun") ? "LeCun" + class_name.substr(5) : class_name;
}

static Initializer initializer_of_class(const std::string& class_name) {
  if (class_name.starts_with("LeCun")) return Initializer("Lecun" + class_name.substr(5));
  if (class_name == "Constant") return Constant(0);
  if (class_name == "VarianceScaling") return VarianceScaling(1, "fan_in", "truncated_normal");
  return Initializer(class_name);
}

// -- reading -------------------------------------------------------------------------------------------------------

ConfigReader::ConfigReader(const Json& config, std::string path, KerasVersion version)
    : config_(config), path_(std::move(path)), version_(version) {
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
  if (!json.is_number()) fail(key, "a number");
  return json.get<double>();
}

Size2D ConfigReader::size(const char* key, const Json& json) const {
  if (json.is_number_integer()) return json.get<int64_t>();
  if (!json.is_array() || json.size() != 2 || !json[0].is_number_integer() || !json[1].is_number_integer())
    fail(key, "a whole number or a list of two");
  return {json[0].get<int64_t>(), json[1].get<int64_t>()};
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

// A string, or the name in one of Keras 3's objects {"class_name": "DTypePolicy", "config": {"name": "float32"}}.
void ConfigReader::operator()(const char* key, std::string& value) {
  const Json* json = find(key);
  if (!json) return;
  const Json* text = json;
  if (json->is_object() && json->contains("config") && json->at("config").is_object() &&
      json->at("config").contains("name"))
    text = &json->at("config").at("name");
  if (!text->is_string()) fail(key, "a string");
  value = text->get<std::string>();
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

void ConfigReader::operator()(const char* key, Size2D& value) {
  if (const Json* json = find(key)) value = size(key, *json);
}

void ConfigReader::operator()(const char* key, std::optional<Size2D>& value) {
  if (const Json* json = find(key)) value = size(key, *json);
}

void ConfigReader::operator()(const char* key, Sides2D& value) {
  const Json* json = find(key);
  if (!json) return;
  if (!json->is_array()) {
    value = Sides2D(integer(key, *json));
    return;
  }
  if (json->size() != 2) fail(key, "((top, bottom), (left, right))");
  const Size2D rows = size(key, (*json)[0]), columns = size(key, (*json)[1]);
  value = Sides2D({rows.height, rows.width}, {columns.height, columns.width});
}

void ConfigReader::operator()(const char* key, Shape& value) {
  const Json* json = find(key);
  if (!json) return;
  const std::vector<int64_t> dims = integers(key, *json, true);
  for (const int64_t dim : dims)
    if (dim < Shape::none) fail(key, "dimensions of 0 or more, -1 or null");
  value = Shape(dims);
}

void ConfigReader::operator()(const char* key, Initializer& value) {
  const Json* json = find(key);
  if (!json) return;
  try {
    if (json->is_string()) {
      value = Initializer(json->get<std::string>());
      return;
    }
    if (!json->is_object() || !json->contains("class_name") || !json->at("class_name").is_string())
      fail(key, "an initializer's name or {class_name, config}");
    value = initializer_of_class(json->at("class_name").get<std::string>());
  } catch (ConfigError& error) {
    throw FormatError(cat(path_, "/", key), error.rule());
  }
  const Json settings = json->value("config", Json::object());
  ConfigReader reader(settings, cat(path_, "/", key, "/config"), version_);
  double* const numbers[] = {&value.a, &value.b};
  size_t next = 0;
  for (const char* name : initializer_numbers(value.class_name)) reader(name, *numbers[next++]);
  reader("seed", value.seed);
  if (value.class_name != "VarianceScaling") return;
  reader("mode", value.mode);
  reader("distribution", value.distribution);
  if (value.distribution == "normal") value.distribution = "truncated_normal";
}

void ConfigReader::operator()(const char* key, Regularizer& value) {
  const Json* json = find(key);
  if (!json) return;
  const bool object = json->is_object() && json->contains("class_name") && json->at("class_name").is_string();
  if (!object && !json->is_string()) fail(key, "a regularizer's name or {class_name, config}");
  const auto name = object ? json->at("class_name").get<std::string>() : json->get<std::string>();
  if (name == "L1" || name == "l1")
    value = L1();
  else if (name == "L2" || name == "l2")
    value = L2();
  else if (name == "l1_l2")
    value = L1L2(0.01, 0.01);
  else if (name == "L1L2")
    value = L1L2();
  else
    fail(key, "one of \"L1\", \"L2\", \"L1L2\"");
  if (!object) return;
  const Json settings = json->value("config", Json::object());
  ConfigReader reader(settings, cat(path_, "/", key, "/config"), version_);
  reader("l1", value.l1);
  reader("l2", value.l2);
}

// "relu", or Keras 3's {"class_name": "function", "config": "relu"}, or {"class_name": "relu"}.
void ConfigReader::word(const char* key, const std::string&, const std::function<void(const std::string&)>& parse) {
  const Json* json = find(key);
  if (!json) return;
  const Json* text = json;
  if (json->is_object() && json->contains("class_name")) {
    const bool named = json->contains("config") && json->at("config").is_string();
    text = named ? &json->at("config") : &json->at("class_name");
  }
  if (!text->is_string()) fail(key, "a word");
  const auto word = text->get<std::string>();
  try {
    parse(names_activation(key) ? read_activation(word, version_) : word);
  } catch (ConfigError& error) {
    throw FormatError(cat(path_, "/", key), error.rule());
  }
}

std::vector<std::string> ConfigReader::unknown_keys() const {
  // They belong to a Sequential's first layer, to a dtype policy or to TF.js's base classes, and change no result.
  static const std::set<std::string> harmless{"name",        "trainable", "dtype", "batch_input_shape",
                                              "batch_shape", "input_dim", "rank",  "input_shape",
                                              "data_format", "seed"};
  std::vector<std::string> keys;
  for (const auto& [key, value] : config_.items())
    if (!asked_.contains(key) && !harmless.contains(key) && !value.is_null() && value != Json(false))
      keys.push_back(key);
  return keys;
}

// -- writing -------------------------------------------------------------------------------------------------------

template <class T>
static Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

static Json pair(int64_t a, int64_t b) { return Json::array({a, b}); }

void ConfigWriter::operator()(const char* key, std::optional<int64_t>& value) { json[key] = or_null(value); }

void ConfigWriter::operator()(const char* key, std::optional<std::vector<int64_t>>& value) {
  json[key] = or_null(value);
}

void ConfigWriter::operator()(const char* key, std::optional<double>& value) { json[key] = or_null(value); }

void ConfigWriter::operator()(const char* key, Size2D& value) { json[key] = pair(value.height, value.width); }

void ConfigWriter::operator()(const char* key, std::optional<Size2D>& value) {
  json[key] = value ? pair(value->height, value->width) : Json(nullptr);
}

void ConfigWriter::operator()(const char* key, Sides2D& value) {
  json[key] = Json::array({pair(value.top, value.bottom), pair(value.left, value.right)});
}

void ConfigWriter::operator()(const char* key, Shape& value) {
  Json dims = Json::array();
  for (const int64_t dim : value) dims.push_back(dim == Shape::none ? Json(nullptr) : Json(dim));
  json[key] = dims;
}

void ConfigWriter::operator()(const char* key, Initializer& value) {
  Json settings = Json::object();
  const double numbers[] = {value.a, value.b};
  size_t next = 0;
  for (const char* name : initializer_numbers(value.class_name)) settings[name] = numbers[next++];
  if (value.class_name == "VarianceScaling") {
    settings["mode"] = value.mode;
    settings["distribution"] = value.distribution;
  }
  const bool random = value.class_name != "Zeros" && value.class_name != "Ones" && value.class_name != "Constant" &&
                      value.class_name != "Identity";
  if (random) settings["seed"] = or_null(value.seed);
  json[key] = {{"class_name", written_initializer(value.class_name, version_)}, {"config", settings}};
}

void ConfigWriter::operator()(const char* key, Regularizer& value) {
  if (value)
    json[key] = {{"class_name", "L1L2"}, {"config", {{"l1", value.l1}, {"l2", value.l2}}}};
  else
    json[key] = nullptr;
}

void ConfigWriter::word(const char* key, const std::string& current, const std::function<void(const std::string&)>&) {
  json[key] = names_activation(key) ? written_activation(current, version_) : current;
}

// -- layers --------------------------------------------------------------------------------------------------------

Json write_layer_config(LayerImpl& layer, const std::string& name, KerasVersion version) {
  ConfigWriter writer(version);
  writer.json["name"] = name;
  writer.json["trainable"] = layer.trainable;
  writer.json["dtype"] = "float32";
  layer.fields(writer);
  return std::move(writer.json);
}

std::shared_ptr<LayerImpl> read_layer_config(const std::string& class_name, const Json& config, const std::string& path,
                                             KerasVersion version, std::vector<std::string>* ignored) {
  const LayerClass* layer_class = find_layer_class(class_name);
  if (!layer_class)
    throw FormatError(path, cat("the layer class \"", class_name, "\" is not known"))
        .hint("register_layer_class adds a class of your own.");
  ConfigReader reader(config, path, version);
  try {
    const std::shared_ptr<LayerImpl> layer = layer_class->create(reader);
    reader("name", layer->name);
    reader("trainable", layer->trainable);
    if (ignored)
      for (const std::string& key : reader.unknown_keys())
        ignored->push_back(cat(class_name, " \"", layer->name, "\": ", key));
    return layer;
  } catch (ConfigError& error) {
    throw FormatError(path, cat(class_name, ": ", error.rule()));
  }
}

}  // namespace graft
