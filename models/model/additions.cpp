#include "graft/models/model/additions.h"

#include <iostream>

#include "graft/models/model/model_impl.h"
#include "graft/models/model/nested.h"
#include "graft/models/step/training_step.h"

namespace graft {

static bool has_additions(const Model& model) {
  return !model.model_impl().added_losses.empty() || !model.model_impl().added_metrics.empty();
}

void warn_of_additions(const Model& model, const char* operation) {
  if (!has_additions(model)) return;
  std::cerr << "graft: warning: Model \"" << model.name()
            << "\": what add_loss() and add_metric() gave it stays behind in " << operation
            << "; add it again to what is trained\n";
}

void check_no_additions_within(const Model& model) {
  for (const Layer& layer : all_layers(model.graph())) {
    const std::optional<Model> inner = as_model(layer);
    if (!inner || !has_additions(*inner)) continue;
    throw ConfigError(cat("Model \"", inner->name(),
                          "\" within it has a loss or metric of its own (add_loss, add_metric), which would not count"))
        .hint(cat("let \"", inner->name(), "\" give what that is computed from as outputs, and add it to \"",
                  model.name(), "\"; clone(inner, Weights::share) is the inner model without it."));
  }
}

}  // namespace graft
