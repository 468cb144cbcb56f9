#pragma once

#include <functional>
#include <string>

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
  void function(const char* key, std::string& name) override;
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

/// Writes a layer that is no model: {"class_name", "config"}, for Keras 3 with the module and the name that it finds
/// the class by.
Json write_layer_object(const Layer& layer, const std::string& name, KerasVersion version, const InnerModels* models);

}  // namespace graft
