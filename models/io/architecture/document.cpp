#include "graft/models/io/architecture/document.h"

namespace graft::io {

KerasVersion keras_version(const std::string& text) {
  return text.starts_with('3') ? KerasVersion::v3 : KerasVersion::v2;
}

// Returns the object that holds the model; in a TF.js file it is the topology.
static JsonView holder_of(const JsonView& document) {
  return document.has("modelTopology") ? document["modelTopology"] : document;
}

static JsonView model_of(const JsonView& holder) {
  const JsonView model = holder.has("model_config") ? holder["model_config"] : holder;
  if (model.has("class_name")) return model;
  FormatError error(model.path(), "is not a saved model: the key \"class_name\" is missing");
  if (model.has("node")) error.hint("a TF.js graph model is a list of operations; only layers models are read.");
  throw error;
}

// A file without a version is of Keras 3 when it names modules. (Archives of late Keras 2 name them too, but have a
// version.)
static KerasVersion version_of(const JsonView& holder, const JsonView& model) {
  if (holder.has_value("keras_version")) return keras_version(holder["keras_version"].string());
  if (model.has_value("keras_version")) return keras_version(model["keras_version"].string());
  return model.has("module") ? KerasVersion::v3 : KerasVersion::v2;
}

void check_is_model(const JsonView& document) { model_of(holder_of(document)); }

LayerIds ids_of(const Json& document, const std::string& source) {
  return document.contains(kIdsKey) ? read_ids(JsonView(document, source)[kIdsKey]) : LayerIds();
}

ReadArchitecture read_document(const JsonView& document) {
  const JsonView holder = holder_of(document), model = model_of(holder);
  return read_architecture(model, ids_of(document.json(), document.path()), version_of(holder, model));
}

Json versioned_topology(const WrittenArchitecture& written) {
  Json topology = written.topology;
  topology["keras_version"] = "2.15.0";
  topology["backend"] = "graft";
  return topology;
}

}  // namespace graft::io
