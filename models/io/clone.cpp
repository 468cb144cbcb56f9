#include "graft/models/io/clone.h"

#include <map>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/io/load.h"
#include "graft/models/io/weights.h"
#include "graft/models/model/additions.h"
#include "graft/models/surgery/surgery.h"

namespace graft {

// A clone is read from the text of the model, where a class of the user's own is found by its name.
static void check_registered(const Model& model, const Model& made) {
  const UnknownLayers unknown = unknown_layers(made.graph());
  if (unknown.count == unknown_layers(model.graph()).count) return;
  throw ConfigError(cat("a copy needs the classes of its layers by name: ", unknown.listed()))
      .who(cat("Model \"", model.name(), '"'))
      .hint(cat("first call\n    ", unknown.registration()));
}

// Nobody can draw the weights of a layer of an unknown class again; the copy gets those of the file.
static void copy_loose_weights(const Model& from, const Model& to) {
  std::map<std::string, Layer> made;
  for (const auto& [path, layer] : io::loose_layers(to)) made.emplace(path, layer);
  for (const auto& [path, layer] : io::loose_layers(from))
    for (const Weight& weight : layer.impl().weights)
      made.at(path).impl().weights.push_back({Variable(weight.variable.name(), weight.variable.value())});
}

Model clone(const Model& model, Weights weights, source_location location) {
  if (weights == Weights::share) return rename(model, {}, location);
  warn_of_additions(model, "the clone");
  const Model made = model_from_json(model.to_json());
  check_registered(model, made);
  copy_loose_weights(model, made);
  if (weights == Weights::copy) made.set_weights(model.get_weights());
  return made;
}

}  // namespace graft
