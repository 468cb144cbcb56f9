#pragma once

// Internal: the losses that have a name.

#include <string>

#include "graft/graph/symbolic_tensor.h"

namespace graft {

struct KnownLoss {
  const char *name, *alias;  ///< Keras's name and its short one
  SymbolicTensor (*function)(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);  ///< with Keras's defaults
  bool class_indices = false;  ///< the targets are class numbers; those of the others have the shape of the predictions
};

/// The loss of this name, class name or short name; null when there is none.
const KnownLoss* find_loss(const std::string& name);

/// "mean_squared_error, mean_absolute_error, ..."
std::string loss_names();

}  // namespace graft
