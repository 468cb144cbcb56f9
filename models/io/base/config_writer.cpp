#include "graft/models/io/base/config_writer.h"

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/graph/layers/registry.h"
#include "graft/models/io/base/sizes_json.h"

namespace graft {

void ConfigWriter::operator()(const char* key, std::optional<int64_t>& value) { json[key] = or_null(value); }

void ConfigWriter::operator()(const char* key, std::optional<std::vector<int64_t>>& value) {
  json[key] = or_null(value);
}

void ConfigWriter::operator()(const char* key, std::optional<double>& value) { json[key] = or_null(value); }

void ConfigWriter::operator()(const char* key, Shape& value) { json[key] = write_shape(value); }

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
  return write_layer_object(layer, layer.name(), version_, models_);
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
  if (version_ == KerasVersion::v2) return;
  json[key]["module"] = "keras.quantizers";  // all such objects are of it
  json[key]["registered_name"] = nullptr;
}

void ConfigWriter::function(const char* key, std::string& name) {
  json[key] = name;
  if (version_ == KerasVersion::v3)
    json[key] = {{"module", "builtins"}, {"class_name", "function"}, {"config", name}, {"registered_name", "function"}};
}

void ConfigWriter::word(const char* key, const std::string& current, const std::function<void(const std::string&)>&) {
  json[key] = current;
}

// A layer of an unknown class has the settings that were read.
static Json write_unknown(const UnknownLayer& layer, const std::string& name) {
  Json config = Json::parse(layer.config.settings);
  if (!config.is_object()) return config;
  config["name"] = name;
  if (config.contains("trainable") || !layer.trainable) config["trainable"] = layer.trainable;
  return config;
}

Json write_layer_config(LayerImpl& layer, const std::string& name, KerasVersion version, const InnerModels* models) {
  if (const UnknownLayer* unknown = as_unknown(layer)) return write_unknown(*unknown, name);
  ConfigWriter writer(version, models);
  writer.json["name"] = name;
  const bool older = version == KerasVersion::v2;
  if (older || layer.has_common_settings()) {
    // Some classes of Keras 3 without weights take no `trainable`.
    if (older || (!layer.trainable && layer.has_weights())) writer.json["trainable"] = layer.trainable;
    writer.json["dtype"] = layer.dtype_policy.name();
  }
  layer.fields(writer);
  if (layer.activity_regularizer && layer.writes_activity_regularizer())
    writer("activity_regularizer", layer.activity_regularizer);
  return std::move(writer.json);
}

Json write_layer_object(const Layer& layer, const std::string& name, KerasVersion version, const InnerModels* models) {
  const std::string class_name = layer.class_name();
  Json written = {{"class_name", class_name}, {"config", write_layer_config(layer.impl(), name, version, models)}};
  if (version == KerasVersion::v2) return written;
  const bool own = is_registered_by_caller(class_name);
  written["module"] = own ? Json(nullptr) : Json("keras.layers");
  written["registered_name"] = own ? Json(class_name) : Json(nullptr);
  return written;
}

}  // namespace graft
