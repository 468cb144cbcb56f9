#pragma once

#include "graft/models/io/base/json_view.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// The version of Keras whose layout is written.
inline constexpr const char* kWrittenKerasVersion = "3.15.1";

/// The architecture of a model as Keras 3 writes it into the config.json of a `.keras` archive. Beside it stands what
/// Keras has no entry for: which layers of nested models are the same layer, and which names are automatic, by paths
/// (kIdsKey; Keras ignores it). Throws ConfigError for a name that Keras refuses.
Json write_keras3_architecture(const Model& model);

}  // namespace graft::io
