#include "graft/models/io/architecture/saved_layer.h"

#include <algorithm>

#include "graft/graph/layers/registry.h"
#include "graft/models/io/architecture/tensorflow_call.h"

namespace graft::io {

bool is_sequential(const std::string& class_name) { return class_name == "Sequential"; }

bool is_model(const std::string& class_name) {
  return class_name == "Functional" || class_name == "Model" || is_sequential(class_name);
}

// Up to Keras 2.1 the config of a Sequential is the list of its layers.
JsonView layers_of(const JsonView& config) { return config.is_array() ? config : config["layers"]; }

std::string saved_name(const JsonView& entry) {
  if (entry.has_value("name")) return entry["name"].string();
  const JsonView config = entry["config"];
  if (config.has_value("name")) return config["name"].string();
  return {};
}

std::string module_of(const JsonView& entry) {
  return entry.has("module") && entry["module"].is_string() ? entry["module"].string() : "";
}

namespace {

struct Coverage {
  size_t layers = 0, unknown = 0;
  std::vector<std::pair<std::string, std::string>> classes;  // unknown class, the layers of it
};

}  // namespace

// Keras saves a Lambda of a function without a name as Python bytecode.
static bool holds_bytecode(const JsonView& entry) {
  if (entry["class_name"].string() != "Lambda" || !entry.has("config")) return false;
  const JsonView config = entry["config"];
  if (!config.is_object() || !config.has("function") || is_registered_by_caller("Lambda")) return false;
  const JsonView function = config["function"];
  return function.is_array() || (function.has("class_name") && function["class_name"].is_string() &&
                                 function["class_name"].string() == "__lambda__");
}

static void survey(const JsonView& model, Coverage& coverage) {
  for (const JsonView& entry : layers_of(model["config"]).items()) {
    std::string class_name = entry["class_name"].string();
    if (is_model(class_name)) {
      survey(entry, coverage);
      continue;
    }
    ++coverage.layers;
    if (is_tensorflow_operation(class_name)) {
      if (knows_tensorflow_operation(entry)) continue;
      class_name += cat('(', tensorflow_name(entry), ')');
    } else if (find_layer_class(class_name, module_of(entry)) != nullptr && !holds_bytecode(entry)) {
      continue;
    }
    ++coverage.unknown;
    const auto known = std::find_if(coverage.classes.begin(), coverage.classes.end(),
                                    [&](const auto& seen) { return seen.first == class_name; });
    if (known == coverage.classes.end())
      coverage.classes.emplace_back(class_name, cat('"', saved_name(entry), '"'));
    else
      known->second += cat(", \"", saved_name(entry), '"');
  }
}

void check_classes(const JsonView& model) {
  Coverage coverage;
  survey(model, coverage);
  if (coverage.unknown == 0) return;
  std::string listed;
  bool lambda = false;
  for (const auto& [name, places] : coverage.classes) {
    listed += cat(listed.empty() ? "" : "; ", name, ' ', places);
    lambda = lambda || name == "Lambda";
  }
  throw FormatError(model.path(),
                    cat(coverage.unknown, " of ", coverage.layers, coverage.layers == 1 ? " layer" : " layers",
                        " cannot be read, their classes are not known: ", listed))
      .hint(lambda ? "a Lambda holds Python bytecode; register_layer_class puts a class of your own in its place."
                   : "register_layer_class adds a class of your own.");
}

}  // namespace graft::io
