#pragma once

// Internal: the instructions by which an optimizer moves variables, and that bring these back to their constraints.

#include <vector>

#include "graft/graph/config.h"
#include "graft/models/training/optimizer_state.h"
#include "graft/ops/program/builder.h"

namespace graft {

/// The input of a Program that its updates read, dims (1) or, with weight decay, (2): the step size, then the part by
/// which the variables shrink.
ops::Value emit_rates(ops::Builder& builder, const OptimizerState& state);

/// The values of that input for the next step.
std::vector<float> next_rates(const OptimizerState& state);

/// Clips the gradients and moves each variable along its own. A variable whose gradient is empty stays as it is.
void emit_updates(ops::Builder& builder, OptimizerState& state, ops::Value rates, const Variables& variables,
                  ops::Values gradients);

/// Appends the instructions that apply a constraint, which is not empty, to the value that the variable has at this
/// place in the Program. Throws ConfigError for an axis that the variable does not have.
void emit_constraint(ops::Builder& builder, const Constraint& constraint, const Variable& variable);

}  // namespace graft
