#pragma once

// Internal: what losses and metrics share.

#include "graft/models/training/loss.h"

namespace graft {

/// By name, class name or short name; null when there is none.
const Loss* find_loss(const std::string& name);
std::vector<std::string> loss_names();

/// (N) of (N) or (N, 1).
SymbolicTensor class_numbers(const SymbolicTensor& y_true, const SymbolicTensor& y_pred);

}  // namespace graft
