#include "graft/models/io/base/setting_objects.h"

#include <algorithm>
#include <map>

#include "graft/core/error.h"

namespace graft {

namespace {

// An object {"class_name", "config"} or a name, taken apart.
struct NamedObject {
  std::string name;
  Json settings = Json::object();
  bool is_name = false;  // the name alone, or {"class_name": "function", "config": name}
};

}  // namespace

[[noreturn]] static void fail(const std::string& path, const std::string& expected, const Json& received) {
  throw FormatError(path, cat("expected ", expected, "; received ", received.dump()));
}

static NamedObject take_apart(const Json& json, const std::string& path, const char* what) {
  if (json.is_string()) return {.name = json.get<std::string>(), .is_name = true};
  if (!json.is_object() || !json.contains("class_name") || !json.at("class_name").is_string())
    fail(path, cat(what, "'s name or {class_name, config}"), json);
  NamedObject object{.name = json.at("class_name").get<std::string>()};
  const auto config = json.find("config");
  if (config == json.end() || config->is_null()) {
    object.is_name = true;
  } else if (config->is_string()) {
    object.name = config->get<std::string>();
    object.is_name = true;
  } else {
    object.settings = *config;
  }
  return object;
}

// -- activations -----------------------------------------------------------------------------------------------------

namespace {

// A layer that is an activation function, and the names and defaults of its settings there.
struct ActivationLayer {
  std::string class_name, function;
  struct Setting {
    const char *key, *older_key, *setting;
    Literal otherwise;
  };
  std::vector<Setting> settings;
};

}  // namespace

static const std::vector<ActivationLayer>& activation_layers() {
  static const std::vector<ActivationLayer> layers{
      {"ReLU",
       "relu",
       {{"max_value", "max_value", "max_value", {}},
        {"negative_slope", "negative_slope", "negative_slope", 0.0},
        {"threshold", "threshold", "threshold", 0.0}}},
      {"LeakyReLU", "leaky_relu", {{"negative_slope", "alpha", "negative_slope", 0.3}}},
      {"ELU", "elu", {{"alpha", "alpha", "alpha", 1.0}}},
      {"Softmax", "softmax", {{"axis", "axis", "axis", -1}}},
      {"ThresholdedReLU", "threshold", {{"theta", "theta", "threshold", 1.0}}},
  };
  return layers;
}

static std::string read_word(const std::string& text, KerasVersion version) {
  if (text == "hard_sigmoid" && version == KerasVersion::v2) return "hard_sigmoid_v2";
  if (text == "hard_sigmoid_v3") return "hard_sigmoid";
  return text;
}

// A function without a name in a version keeps ours, so that other programs refuse it instead of computing another one.
static std::string written_word(const std::string& word, KerasVersion version) {
  if (version == KerasVersion::v3) return word;
  if (word == "hard_sigmoid") return "hard_sigmoid_v3";
  if (word == "hard_sigmoid_v2") return "hard_sigmoid";
  return word == "silu" ? "swish" : word;
}

static void read_layer_settings(FieldVisitor& reader) {
  std::string unused;
  reader("name", unused);
  reader("dtype", unused);
}

static ActivationFunction read_activation_layer(const ActivationLayer& layer, const Json& config,
                                                const std::string& path, const ReadSettings& read) {
  Literals settings;
  read(config, path, layer.class_name, [&](FieldVisitor& reader) {
    read_layer_settings(reader);
    for (const auto& [key, older_key, setting, otherwise] : layer.settings) {
      Literal value = otherwise;
      reader(reader.has(key) ? key : older_key, value);
      settings[setting] = value;
    }
  });
  if (layer.class_name == "ThresholdedReLU") settings["default_value"] = 0.0;
  return {ActivationName::parse(layer.function), settings};
}

// The functions themselves with settings, as write_activation writes those without a layer.
static ActivationFunction read_function(const NamedObject& object, const std::string& path, KerasVersion version) {
  const ActivationName word = ActivationName::parse(read_word(object.name, version));
  Literals settings;
  for (const auto& [key, value] : object.settings.items())
    settings[key] = read_literal(value, cat(path, "/config/", key));
  return {word, settings};
}

static ActivationFunction read_activation_object(const NamedObject& object, const std::string& path,
                                                 KerasVersion version, const ReadSettings& read) {
  const std::string inside = cat(path, "/config");
  for (const ActivationLayer& layer : activation_layers())
    if (object.name == layer.class_name) return read_activation_layer(layer, object.settings, inside, read);
  if (object.name == "Identity") return "linear";
  if (object.name == "Activation" && object.settings.contains("activation"))
    return read_activation(object.settings.at("activation"), cat(inside, "/activation"), version, read);
  if (object.name == "PReLU")
    throw ConfigError("a PReLU has weights, so it cannot be an activation here; make it a layer of its own");
  return read_function(object, path, version);
}

ActivationFunction read_activation(const Json& json, const std::string& path, KerasVersion version,
                                   const ReadSettings& read) {
  if (json.is_null()) return "linear";
  const NamedObject object = take_apart(json, path, "an activation");
  try {
    return object.is_name ? ActivationFunction::parse(read_word(object.name, version))
                          : read_activation_object(object, path, version, read);
  } catch (ConfigError& error) {
    throw FormatError(path, error.rule());
  }
}

static Json layer_object(const std::string& class_name, Json config, KerasVersion version) {
  Json object = {{"class_name", class_name}, {"config", std::move(config)}};
  if (version == KerasVersion::v2) return object;
  object["module"] = "keras.layers";
  object["registered_name"] = nullptr;
  return object;
}

// Whether the layer can hold the function's settings.
static bool holds(const ActivationLayer& layer, const ActivationFunction& activation) {
  if (layer.function != activation.str()) return false;
  return layer.class_name != "ThresholdedReLU" || activation.setting("default_value") == Literal(0.0);
}

Json write_activation(const ActivationFunction& activation, KerasVersion version) {
  if (activation.settings().empty()) return written_word(activation.str(), version);
  for (const ActivationLayer& layer : activation_layers()) {
    if (!holds(layer, activation)) continue;
    Json config = Json::object();
    for (const auto& [key, older_key, setting, otherwise] : layer.settings)
      config[version == KerasVersion::v3 ? key : older_key] = write_literal(activation.setting(setting));
    return layer_object(layer.class_name, std::move(config), version);
  }
  Json settings = Json::object();
  for (const auto& [name, value] : activation.settings()) settings[name] = write_literal(value);
  return {{"class_name", activation.str()}, {"config", std::move(settings)}};
}

// -- initializers ----------------------------------------------------------------------------------------------------

// The numbers of an initializer's config, in the order of Initializer::a, b.
static const std::vector<const char*>& initializer_numbers(const std::string& class_name) {
  static const std::map<std::string, std::vector<const char*>> numbers{
      {"RandomUniform", {"minval", "maxval"}}, {"RandomNormal", {"mean", "stddev"}}, {"Orthogonal", {"gain"}},
      {"TruncatedNormal", {"mean", "stddev"}}, {"VarianceScaling", {"scale"}},       {"Identity", {"gain"}},
  };
  static const std::vector<const char*> none;
  const auto found = numbers.find(class_name);
  return found == numbers.end() ? none : found->second;
}

static bool draws(const std::string& class_name) {
  for (const char* fixed : {"Zeros", "Ones", "Constant", "Identity", "STFT"})
    if (class_name == fixed) return false;
  return true;
}

static bool has_fans(const std::string& class_name) {
  return class_name == "VarianceScaling" || class_name.starts_with("Glorot") || class_name.starts_with("He") ||
         class_name.starts_with("Lecun");
}

// TF.js capitalises LeCun, Keras does not.
static std::string written_initializer(const std::string& class_name, KerasVersion version) {
  return version == KerasVersion::v2 && class_name.starts_with("Lecun") ? "LeCun" + class_name.substr(5) : class_name;
}

static Initializer initializer_of(const std::string& name, const std::string& path) {
  try {
    return Initializer(name.starts_with("LeCun") ? "Lecun" + name.substr(5) : name);
  } catch (ConfigError& error) {
    throw FormatError(path, error.rule());
  }
}

static void read_constant(FieldVisitor& reader, const std::string& path, Initializer& initializer) {
  Literal value = 0.0;
  reader("value", value);
  try {
    if (value.is_number() || value.is_bool())
      initializer.a = value.number();
    else
      initializer.values = value.as_tensor();
  } catch (ConfigError& error) {
    throw FormatError(cat(path, "/config/value"), error.rule());
  }
}

static void read_stft(FieldVisitor& reader, Initializer& initializer) {
  reader("side", initializer.side);
  for (const auto& [key, value] :
       {std::pair{"window", &initializer.window}, std::pair{"scaling", &initializer.scaling}}) {
    Literal word = Literal(*value);
    if (reader.has(key)) word = {};
    reader(key, word);
    *value = word.is_none() ? "" : word.string();
  }
  reader("periodic", initializer.periodic);
}

static void read_initializer_settings(FieldVisitor& reader, const std::string& path, Initializer& initializer) {
  double* const numbers[] = {&initializer.a, &initializer.b};
  size_t next = 0;
  for (const char* name : initializer_numbers(initializer.class_name)) reader(name, *numbers[next++]);
  if (initializer.class_name == "Constant") read_constant(reader, path, initializer);
  if (initializer.class_name == "STFT") read_stft(reader, initializer);
  if (draws(initializer.class_name)) reader("seed", initializer.seed);
  std::string dtype;  // Keras 2 writes it; weights have the type that their layer gives them
  reader("dtype", dtype);
  if (has_fans(initializer.class_name)) {
    reader("input_axes", initializer.input_axes);
    reader("output_axes", initializer.output_axes);
    Initializer given = initializer;  // the named kinds are VarianceScaling, and Keras 2 wrote them as such
    reader("mode", given.mode);
    reader("distribution", given.distribution);
    if (given.distribution == "normal") given.distribution = "truncated_normal";
    if (initializer.class_name == "VarianceScaling") initializer = given;
  }
}

Initializer read_initializer(const Json& json, const std::string& path, const ReadSettings& read) {
  const NamedObject object = take_apart(json, path, "an initializer");
  Initializer initializer = initializer_of(object.name, path);
  if (!object.is_name)
    read(object.settings, cat(path, "/config"), initializer.class_name,
         [&](FieldVisitor& reader) { read_initializer_settings(reader, path, initializer); });
  return initializer;
}

static Json word_or_null(const std::string& word) { return word.empty() ? Json(nullptr) : Json(word); }

Json write_initializer(const Initializer& initializer, KerasVersion version) {
  const std::string& name = initializer.class_name;
  Json settings = Json::object();
  const double numbers[] = {initializer.a, initializer.b};
  size_t next = 0;
  for (const char* key : initializer_numbers(name)) settings[key] = json_number(numbers[next++]);
  if (name == "Constant")
    settings["value"] = initializer.values.empty() ? json_number(initializer.a) : write_literal(initializer.values);
  if (name == "VarianceScaling") {
    settings["mode"] = initializer.mode;
    settings["distribution"] = initializer.distribution;
  }
  if (name == "STFT") {
    settings["side"] = initializer.side;
    settings["window"] = word_or_null(initializer.window);
    settings["scaling"] = word_or_null(initializer.scaling);
    settings["periodic"] = initializer.periodic;
  }
  if (draws(name)) settings["seed"] = or_null(initializer.seed);
  if (initializer.input_axes) settings["input_axes"] = *initializer.input_axes;
  if (initializer.output_axes) settings["output_axes"] = *initializer.output_axes;
  return {{"class_name", written_initializer(name, version)}, {"config", settings}};
}

// -- regularizers and constraints ------------------------------------------------------------------------------------

// Names without what their spelling varies in: "max_norm", "MaxNorm" and "maxNorm" are "maxnorm".
static std::string key_of(const std::string& name) {
  std::string key;
  for (const char c : name)
    if (c != '_') key += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return key;
}

static std::optional<Regularizer> regularizer_of(const NamedObject& object) {
  const std::string key = key_of(object.name);
  if (key == "l1") return L1();
  if (key == "l2") return L2();
  if (key == "l1l2") return object.is_name ? L1L2(0.01, 0.01) : L1L2();
  if (key == "orthogonalregularizer") return OrthogonalRegularizer();
  return {};
}

static void read_orthogonal(FieldVisitor& reader, const std::string& path, Regularizer& regularizer) {
  std::string mode = "rows";
  reader("factor", regularizer.orthogonal);
  reader("mode", mode);
  if (mode != "rows" && mode != "columns")
    throw FormatError(cat(path, "/config/mode"), cat("expected \"rows\" or \"columns\"; received \"", mode, '"'));
  regularizer.columns = mode == "columns";
}

Regularizer read_regularizer(const Json& json, const std::string& path, const ReadSettings& read) {
  const NamedObject object = take_apart(json, path, "a regularizer");
  std::optional<Regularizer> regularizer = regularizer_of(object);
  if (!regularizer) fail(path, R"(one of "L1", "L2", "L1L2", "OrthogonalRegularizer")", json);
  read(object.settings, cat(path, "/config"), object.name, [&](FieldVisitor& reader) {
    if (regularizer->orthogonal != 0) return read_orthogonal(reader, path, *regularizer);
    if (key_of(object.name) != "l2") reader("l1", regularizer->l1);
    if (key_of(object.name) != "l1") reader("l2", regularizer->l2);
  });
  return *regularizer;
}

Json write_regularizer(const Regularizer& regularizer) {
  if (!regularizer) return nullptr;
  if (regularizer.orthogonal != 0)
    return {{"class_name", "OrthogonalRegularizer"},
            {"config", {{"factor", regularizer.orthogonal}, {"mode", regularizer.columns ? "columns" : "rows"}}}};
  return {{"class_name", "L1L2"}, {"config", {{"l1", regularizer.l1}, {"l2", regularizer.l2}}}};
}

static Constraint constraint_of(const NamedObject& object, const std::string& path, const Json& json) {
  const std::string key = key_of(object.name);
  if (key == "maxnorm") return MaxNorm();
  if (key == "minmaxnorm") return MinMaxNorm();
  if (key == "nonneg") return NonNeg();
  if (key == "unitnorm") return UnitNorm();
  fail(path, R"(one of "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm")", json);
}

Constraint read_constraint(const Json& json, const std::string& path, const ReadSettings& read) {
  const NamedObject object = take_apart(json, path, "a constraint");
  Constraint constraint = constraint_of(object, path, json);
  const std::string& name = constraint.class_name;
  read(object.settings, cat(path, "/config"), name, [&](FieldVisitor& reader) {
    if (name == "MinMaxNorm") {
      reader("min_value", constraint.min_value);
      reader("rate", constraint.rate);
    }
    if (name == "MaxNorm" || name == "MinMaxNorm") reader("max_value", constraint.max_value);
    if (name != "NonNeg") reader("axis", constraint.axis);
  });
  return constraint;
}

Json write_constraint(const Constraint& constraint) {
  if (!constraint) return nullptr;
  const std::string& name = constraint.class_name;
  Json settings = Json::object();
  if (name == "MinMaxNorm") {
    settings["min_value"] = constraint.min_value;
    settings["rate"] = constraint.rate;
  }
  if (name == "MaxNorm" || name == "MinMaxNorm") settings["max_value"] = constraint.max_value;
  if (name != "NonNeg")
    settings["axis"] = constraint.axis.size() == 1 ? Json(constraint.axis[0]) : Json(constraint.axis);
  return {{"class_name", name}, {"config", settings}};
}

// -- dtype policies --------------------------------------------------------------------------------------------------

std::optional<std::string> policy_name(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  const auto found = json.is_object() ? json.find("config") : json.end();
  if (found == json.end()) return {};
  const Json& config = *found;
  if (config.is_string()) return config.get<std::string>();
  if (!config.is_object()) return {};
  const auto text = [&](const char* key) { return config.contains(key) && config.at(key).is_string(); };
  if (text("name")) return config.at("name").get<std::string>();
  if (text("mode") && text("source_name"))
    return cat(config.at("mode").get<std::string>(), "_from_", config.at("source_name").get<std::string>());
  if (config.contains("default_policy") && config.value("policy_map", Json::object()).empty())
    return policy_name(config.at("default_policy"));
  return {};
}

}  // namespace graft
