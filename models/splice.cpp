#include <unordered_map>

#include "graft/models/model_impl.h"

namespace graft {

SymbolicTensors replay(const Model& model, const SymbolicTensors& inputs, const ReplayOptions& options,
                       std::source_location location) {
  try {
    return replay_graph(model.graph(), inputs, options.scope, location);
  } catch (Error& error) {
    error.who(cat("Model \"", model.name(), '"')).at(location, "Model replayed");
    throw;
  }
}

// Whether a layer of b would stand beside another one of the same name when b is put behind `scope`.
static bool clashes(const std::unordered_map<std::string, Layer>& taken, const Model& b, const std::string& scope) {
  for (const GraphLayer& layer : b.layers().drop_input()) {
    if (layer.impl().name.empty()) continue;
    const auto other = taken.find(scope.empty() ? layer.name() : cat(scope, "/", layer.name()));
    if (other != taken.end() && !(other->second == layer)) return true;
  }
  return false;
}

static std::string free_scope(const Model& a, const Model& b) {
  std::unordered_map<std::string, Layer> taken;
  for (const GraphLayer& layer : a.layers()) taken.emplace(layer.name(), layer);
  if (!clashes(taken, b, {})) return {};
  std::string scope = b.name();
  for (int number = 1; clashes(taken, b, scope); ++number) scope = cat(b.name(), "_", number);
  return scope;
}

Model splice(const Model& a, const Model& b, ModelConfig config, std::source_location location) {
  const SymbolicTensors joined = replay(b, a.outputs(), {.scope = free_scope(a, b)}, location);
  return Model(a.inputs(), joined, std::move(config), location);
}

}  // namespace graft
