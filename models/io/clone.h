#pragma once

#include "graft/core/source_location.h"
#include "graft/models/model/model.h"

namespace graft {

/// Where the weights of a clone come from: they are drawn anew, copied, or shared with the model.
enum class Weights { fresh, copy, share };

/// Returns another model with the same architecture and names. Unless the weights are shared, its layers are new,
/// made from the architecture as Model::save writes it. Losses and metrics of add_loss and add_metric are not copied;
/// one line of warning says so. Throws ConfigError for a layer class that is not registered, unless the weights are
/// shared.
Model clone(const Model& model, Weights weights, source_location location = source_location::current());

}  // namespace graft
