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
            << "\": losses and metrics of add_loss() and add_metric() are not part of " << operation
            << "; add them again to the model that is trained\n";
}

void check_no_additions_within(const Model& model) {
  for (const Layer& layer : all_layers(model.graph())) {
    const std::optional<Model> inner = as_model(layer);
    if (!inner || !has_additions(*inner)) continue;
    throw ConfigError(
        cat("Model \"", inner->name(),
            "\", which is nested in it, has an added loss or metric (add_loss, add_metric) that would not count"))
        .hint(cat("make the tensors that it is computed from outputs of \"", inner->name(), "\", and add it to \"",
                  model.name(), "\"; clone(inner, Weights::share) is the inner model without it."));
  }
}

}  // namespace graft
