#pragma once

#include <source_location>

#include "graft/models/model/model.h"

namespace graft {

/// What becomes of the weights of a clone: drawn anew, copied, or shared with the model.
enum class Weights { fresh, copy, share };

/// A model of its own with the same architecture and names. Unless its weights are shared, its layers are new ones,
/// made from the architecture as it is saved. What add_loss and add_metric gave the model stays behind, with one line
/// of warning. Throws FormatError for a layer class that is not registered, unless the weights are shared.
Model clone(const Model& model, Weights weights, std::source_location location = std::source_location::current());

}  // namespace graft
