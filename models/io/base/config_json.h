#pragma once

#include <nlohmann/json.hpp>
#include <set>

#include "graft/graph/layer_impl.h"
#include "graft/models/io/base/literal_json.h"
#include "graft/models/io/base/setting_objects.h"

namespace graft {

/// How a model in a setting of a layer is read and written, {"class_name", "config"}: this file knows layers only. Both
/// give nothing for what is no model.
struct InnerModels {
  std::function<Layer(const Json& entry, const std::string& path)> read = {};
  std::function<Json(const Layer& layer)> write = {};
};

/// Reads settings from a JSON object in the forms of Keras 1 to 3 and TF.js. A null keeps the default; for a value of
/// another type a FormatError names its JSON path.
class ConfigReader final : public FieldVisitor {
 public:
  /// `path` is that of `config` in its file: "/config/layers/3/config". Throws FormatError unless config is an object.
  ConfigReader(const Json& config, std::string path, KerasVersion version, const InnerModels* models = nullptr);

  using FieldVisitor::operator();
  void operator()(const char* key, bool& value) override;
  void operator()(const char* key, int64_t& value) override;  ///< also [3], as Keras writes an axis
  void operator()(const char* key, double& value) override;
  void operator()(const char* key, std::string& value) override;
  void operator()(const char* key, std::vector<int64_t>& value) override;
  void operator()(const char* key, std::optional<int64_t>& value) override;
  void operator()(const char* key, std::optional<std::vector<int64_t>>& value) override;
  void operator()(const char* key, std::optional<double>& value) override;
  void operator()(const char* key, Shape& value) override;
  void operator()(const char* key, Initializer& value) override;
  void operator()(const char* key, Regularizer& value) override;
  void operator()(const char* key, Constraint& value) override;
  void operator()(const char* key, ActivationFunction& value) override;
  void operator()(const char* key, Literal& value) override;
  void operator()(const char* key, Literals& value) override;
  void operator()(const char* key, Layer& value) override;
  void operator()(const char* key, std::vector<Layer>& value) override;
  bool sizes(const char* key, bool present, std::span<int64_t> values) override;
  void sides(const char* key, std::span<Ends> values) override;
  void object(const char* key, std::string& class_name, const std::function<void(FieldVisitor&)>& fields) override;
  void word(const char* key, const std::string& current, const std::function<void(const std::string&)>& parse) override;
  bool reading() const override { return true; }
  bool has(const char* key) const override;
  void require(const char* key) override;

  /// The keys that nobody asked for and whose values may have a meaning: neither null nor false, nor known to change
  /// nothing.
  std::vector<std::string> unknown_keys() const;
  /// Throws FormatError listing all of them.
  void refuse_unknown(const std::string& who) const;

 private:
  const Json* find(const char* key);
  [[noreturn]] void fail(const char* key, const std::string& expected) const;
  ReadSettings settings() const;
  int64_t integer(const char* key, const Json& json) const;
  double number(const char* key, const Json& json) const;
  Layer layer(const char* key, const Json& json) const;
  std::vector<int64_t> integers(const char* key, const Json& json, bool null_is_none) const;

  const Json& config_;
  std::string path_;
  KerasVersion version_;
  const InnerModels* models_;
  std::set<std::string> asked_;
};

/// Writes settings as Keras does; with v2, by names that TF.js and Netron know.
class ConfigWriter final : public FieldVisitor {
 public:
  explicit ConfigWriter(KerasVersion version = KerasVersion::v2, const InnerModels* models = nullptr)
      : version_(version), models_(models) {}

  using FieldVisitor::operator();
  void operator()(const char* key, bool& value) override { json[key] = value; }
  void operator()(const char* key, int64_t& value) override { json[key] = value; }
  void operator()(const char* key, double& value) override { json[key] = json_number(value); }
  void operator()(const char* key, std::string& value) override { json[key] = value; }
  void operator()(const char* key, std::vector<int64_t>& value) override { json[key] = value; }
  void operator()(const char* key, std::optional<int64_t>& value) override;
  void operator()(const char* key, std::optional<std::vector<int64_t>>& value) override;
  void operator()(const char* key, std::optional<double>& value) override;
  void operator()(const char* key, Shape& value) override;
  void operator()(const char* key, Initializer& value) override;
  void operator()(const char* key, Regularizer& value) override;
  void operator()(const char* key, Constraint& value) override;
  void operator()(const char* key, ActivationFunction& value) override;
  void operator()(const char* key, Literal& value) override;
  void operator()(const char* key, Literals& value) override;
  void operator()(const char* key, Layer& value) override;
  void operator()(const char* key, std::vector<Layer>& value) override;
  bool sizes(const char* key, bool present, std::span<int64_t> values) override;
  void sides(const char* key, std::span<Ends> values) override;
  void object(const char* key, std::string& class_name, const std::function<void(FieldVisitor&)>& fields) override;
  void word(const char* key, const std::string& current, const std::function<void(const std::string&)>& parse) override;
  bool reading() const override { return false; }
  bool writes_newer() const override { return version_ == KerasVersion::v3; }
  bool has(const char*) const override { return false; }
  void require(const char*) override {}

  Json json = Json::object();

 private:
  Json layer(const Layer& layer) const;

  KerasVersion version_;
  const InnerModels* models_;
};

/// Writes the config object of a layer: name, trainable, dtype, then its settings. `name` is the layer's name in the
/// model that is written.
Json write_layer_config(LayerImpl& layer, const std::string& name, KerasVersion version = KerasVersion::v2,
                        const InnerModels* models = nullptr);

/// Makes a layer from its config object; `path` is the JSON path of that object.
/// Throws FormatError for an unknown class, a wrong type, a missing or a contradictory setting, and for settings that
/// the layer does not have, all at once.
std::shared_ptr<LayerImpl> read_layer_config(const std::string& class_name, const Json& config, const std::string& path,
                                             KerasVersion version, const std::string& module = "",
                                             const InnerModels* models = nullptr);

}  // namespace graft
