#pragma once

// Internal: models that are layers of other models.

#include <optional>

#include "graft/models/model/model.h"

namespace graft {

/// Returns the layer as a Model, or nothing when it is not one.
std::optional<Model> as_model(const Layer& layer);

}  // namespace graft
