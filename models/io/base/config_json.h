#pragma once

#include <set>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/io/base/config_writer.h"
#include "graft/models/io/base/setting_objects.h"

namespace graft {

/// Reads settings from a JSON object in the forms of Keras 1 to 3 and TF.js. A null keeps the default. So does a value
/// of another type or out of range, which finish() then reports with all others, by its JSON path.
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
  bool complete() const override { return blank_.empty() && unknown_.empty(); }

  /// The keys without a default that were asked for so far.
  const std::set<std::string>& required() const& { return required_; }

  /// The unknown classes of the layers inside, each with the setting that it stands in.
  const std::vector<UnknownClass>& unknown_inside() const { return unknown_; }
  /// The keys that nobody asked for and whose values may have a meaning: neither null nor false, nor known to change
  /// nothing.
  std::vector<std::string> unknown_keys() const;
  /// Notes the rules that the values of the settings break, unless they are about a setting that is at fault already.
  void note_rules(const std::string& rules);
  /// Throws FormatError with all that is wrong with the settings, those among it that nobody asked for.
  void finish(const std::string& who) const;

 private:
  /// What is wrong with a setting, or, without a place, with several.
  struct Fault {
    std::string place, rule;  // the place is a JSON path below that of the settings: "/kernel_initializer"
  };

  const Json* find(const char* key);
  /// Calls `read` with the value of a setting that is there and not null. What it throws is noted.
  template <class Read>
  void read(const char* key, const Read& read);
  template <class Read>
  void noting(const char* key, const Read& read);
  [[noreturn]] void fail(const char* key, const std::string& expected) const;
  void note_unknown(const Layer& inner);
  std::string text_of(const std::vector<std::string>& keys) const;
  ReadSettings settings() const;
  int64_t integer(const char* key, const Json& json) const;
  double number(const char* key, const Json& json) const;
  Layer layer(const char* key, const Json& json);
  std::vector<int64_t> integers(const char* key, const Json& json, bool null_is_none) const;

  const Json& config_;
  std::string path_;
  KerasVersion version_;
  const InnerModels* models_;
  std::set<std::string> asked_;
  std::vector<Fault> faults_;
  std::vector<UnknownClass> unknown_;
  std::set<std::string> required_;  // without a default
  std::set<std::string> inner_;     // layers inside: a faulty one leaves nothing to make this layer of
  std::set<std::string> blank_;     // those among them without a value; numbers are 0 then, which is a value
};

/// The module that Keras 3 names in the object of a class; for a class of the user's own the package that it is
/// registered in, "__main__" without one. Empty where the file names nothing.
std::string module_of(const Json& entry);

/// Makes a layer from its config object; `path` is the JSON path of that object. Where its class is not known, or that
/// of a layer inside, the layer is an UnknownLayer.
/// Throws FormatError, by the layer's name and all at once, for wrong types, missing or contradictory settings, and
/// those that the layer does not have.
std::shared_ptr<LayerImpl> read_layer_config(const std::string& class_name, const Json& config, const std::string& path,
                                             KerasVersion version, const std::string& module = "",
                                             const InnerModels* models = nullptr);

}  // namespace graft
