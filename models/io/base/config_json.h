#pragma once

#include <nlohmann/json.hpp>
#include <set>

#include "graft/graph/layer_impl.h"

namespace graft {

using Json = nlohmann::ordered_json;

/// The version whose names a config uses. The keys are the same; "hard_sigmoid" is another function since Keras 3.
enum class KerasVersion { v2, v3 };  ///< v2: Keras 1 and 2, TF.js

/// Reads settings from a JSON object in the forms of Keras 1 to 3 and TF.js. A null keeps the default; for a value of
/// another type a FormatError names its JSON path.
class ConfigReader final : public FieldVisitor {
 public:
  /// `path` is that of `config` in its file: "/config/layers/3/config". Throws FormatError unless config is an object.
  ConfigReader(const Json& config, std::string path, KerasVersion version);

  using FieldVisitor::operator();
  void operator()(const char* key, bool& value) override;
  void operator()(const char* key, int64_t& value) override;  ///< also [3], as Keras writes an axis
  void operator()(const char* key, double& value) override;
  void operator()(const char* key, std::string& value) override;
  void operator()(const char* key, std::vector<int64_t>& value) override;
  void operator()(const char* key, std::optional<int64_t>& value) override;
  void operator()(const char* key, std::optional<std::vector<int64_t>>& value) override;
  void operator()(const char* key, std::optional<double>& value) override;
  void operator()(const char* key, Size2D& value) override;
  void operator()(const char* key, std::optional<Size2D>& value) override;
  void operator()(const char* key, Sides2D& value) override;
  void operator()(const char* key, Shape& value) override;
  void operator()(const char* key, Initializer& value) override;
  void operator()(const char* key, Regularizer& value) override;
  void word(const char* key, const std::string& current, const std::function<void(const std::string&)>& parse) override;
  bool reading() const override { return true; }
  bool has(const char* key) const override;
  void require(const char* key) override;

  /// The unknown keys whose values have a meaning (neither null nor false), without the keys that every layer may have.
  std::vector<std::string> unknown_keys() const;

 private:
  const Json* find(const char* key);
  [[noreturn]] void fail(const char* key, const std::string& expected) const;
  int64_t integer(const char* key, const Json& json) const;
  double number(const char* key, const Json& json) const;
  Size2D size(const char* key, const Json& json) const;
  std::vector<int64_t> integers(const char* key, const Json& json, bool null_is_none) const;

  const Json& config_;
  std::string path_;
  KerasVersion version_;
  std::set<std::string> asked_;
};

/// Writes settings as Keras does; with v2, by names that TF.js and Netron know.
class ConfigWriter final : public FieldVisitor {
 public:
  explicit ConfigWriter(KerasVersion version = KerasVersion::v2) : version_(version) {}

  using FieldVisitor::operator();
  void operator()(const char* key, bool& value) override { json[key] = value; }
  void operator()(const char* key, int64_t& value) override { json[key] = value; }
  void operator()(const char* key, double& value) override { json[key] = value; }
  void operator()(const char* key, std::string& value) override { json[key] = value; }
  void operator()(const char* key, std::vector<int64_t>& value) override { json[key] = value; }
  void operator()(const char* key, std::optional<int64_t>& value) override;
  void operator()(const char* key, std::optional<std::vector<int64_t>>& value) override;
  void operator()(const char* key, std::optional<double>& value) override;
  void operator()(const char* key, Size2D& value) override;
  void operator()(const char* key, std::optional<Size2D>& value) override;
  void operator()(const char* key, Sides2D& value) override;
  void operator()(const char* key, Shape& value) override;
  void operator()(const char* key, Initializer& value) override;
  void operator()(const char* key, Regularizer& value) override;
  void word(const char* key, const std::string& current, const std::function<void(const std::string&)>& parse) override;
  bool reading() const override { return false; }
  bool writes_newer() const override { return version_ == KerasVersion::v3; }
  bool has(const char*) const override { return false; }
  void require(const char*) override {}

  Json json = Json::object();

 private:
  KerasVersion version_;
};

/// Writes the config object of a layer: name, trainable, dtype, then its settings. `name` is the layer's name in the
/// model that is written.
Json write_layer_config(LayerImpl& layer, const std::string& name, KerasVersion version = KerasVersion::v2);

/// Makes a layer from its config object; `path` is the JSON path of that object. Appends unknown settings to `ignored`:
/// `Conv2D "c1": kernel_constraint`.
/// Throws FormatError for an unknown class, a wrong type, a missing or a contradictory setting.
std::shared_ptr<LayerImpl> read_layer_config(const std::string& class_name, const Json& config, const std::string& path,
                                             KerasVersion version, std::vector<std::string>* ignored = nullptr);

}  // namespace graft
