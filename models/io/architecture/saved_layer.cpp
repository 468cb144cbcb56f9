#include "graft/models/io/architecture/saved_layer.h"

#include <algorithm>

#include "graft/graph/layers/core/unknown_layer.h"
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

Shape built_shape(const JsonView& entry) {
  if (!entry.has_value("build_config") || !entry["build_config"].has_value("input_shape")) return {};
  const JsonView built = entry["build_config"]["input_shape"];
  const auto is_dim = [](const JsonView& dim) { return dim.is_integer() || dim.is_null(); };
  return built.is_array() && std::ranges::all_of(built.items(), is_dim) ? built.shape() : Shape();
}

static std::string text_of(const JsonView& entry, const char* key) {
  return entry.has_value(key) && entry[key].is_string() ? entry[key].string() : "";
}

// What Graft writes of the outputs of a layer of an unknown class, where a file of Keras said it.
static std::vector<InputSpec> read_outputs(const JsonView& entry) {
  std::vector<InputSpec> outputs;
  for (const JsonView& output : entry[kOutputsKey].items())
    outputs.push_back({output.has_value("shape") ? output["shape"].shape() : Shape::unknown(),
                       dtype_from_name(output["dtype"].string())});
  return outputs;
}

Json write_outputs(const std::vector<InputSpec>& outputs) {
  Json written = Json::array();
  for (const auto& [shape, dtype] : outputs)
    written.push_back({{"shape", write_shape(shape)}, {"dtype", to_string(dtype)}});
  return written;
}

Layer read_layer_entry(const JsonView& entry, KerasVersion version, const InnerModels& models) {
  const JsonView config = entry["config"];
  const std::string saved = entry["class_name"].string();
  const std::string class_name = is_tensorflow_operation(saved) ? cat(saved, '(', tensorflow_name(entry), ')') : saved;
  const Layer layer(
      read_layer_config(class_name, config.object(), config.path(), version, module_of(entry.json()), &models));
  layer.impl().build_shape = built_shape(entry);
  if (auto* unknown = dynamic_cast<UnknownLayer*>(&layer.impl())) {
    unknown->config.class_name = saved;
    unknown->config.module = text_of(entry, "module");
    unknown->config.registered_name = text_of(entry, "registered_name");
    if (entry.has_value(kOutputsKey)) unknown->config.outputs = read_outputs(entry);
  }
  return layer;
}

void note_output(LayerImpl& layer, size_t output, const std::optional<InputSpec>& spec) {
  constexpr size_t kMost = 1000;  // a damaged number is refused where the output is asked for
  if (output >= kMost) return;
  layer.file_outputs = std::max(layer.file_outputs, output + 1);
  auto* unknown = dynamic_cast<UnknownLayer*>(&layer);
  if (!unknown) return;
  std::vector<InputSpec>& outputs = unknown->config.outputs;
  outputs.resize(std::max(outputs.size(), output + 1), {Shape::unknown(), DType::f32});
  if (spec) outputs[output] = *spec;
}

}  // namespace graft::io
