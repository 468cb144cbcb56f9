#include "graft/models/surgery/replay.h"

#include "graft/graph/replay.h"
#include "graft/models/model/additions.h"
#include "graft/models/surgery/recorder.h"

namespace graft {

SymbolicTensors replay(const Model& model, const SymbolicTensors& inputs, const ReplayOptions& options,
                       source_location location) {
  try {
    warn_of_additions(model, "the replayed model");
    if (options.from.empty() && options.to.empty()) return replay_graph(model.graph(), inputs, options.scope, location);
    const Part part = part_between(model, options.from, options.to,
                                   cat("the part to replay takes more than ", listed(options.from)), location);
    return replay_graph(*part.graph, inputs, options.scope, location);
  } catch (Error& error) {
    error.who(cat("Model \"", model.name(), '"')).at(location, "Model replayed");
    throw;
  }
}

}  // namespace graft
