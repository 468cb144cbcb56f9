#pragma once

// Internal: models that are layers of other models.

#include <optional>

#include "graft/models/model/model.h"

namespace graft {

/// The layer as a Model; nothing when it is none.
std::optional<Model> as_model(const Layer& layer);

}  // namespace graft
