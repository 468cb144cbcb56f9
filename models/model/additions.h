#pragma once

// Internal: the losses and metrics that add_loss and add_metric gave a model. They belong to that model alone.

#include "graft/models/model/model.h"

namespace graft {

/// Prints one line of warning when the model has additions; `operation` names what they are not part of: "the clone".
void warn_of_additions(const Model& model, const char* operation);

/// Throws ConfigError when a model nested in this one has additions: they count only where that model itself is
/// trained, so training this one would silently leave them out.
void check_no_additions_within(const Model& model);

}  // namespace graft
