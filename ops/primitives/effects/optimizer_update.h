#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// True for the step of an optimizer. Its inputs are the variable, its gradient, the learning rate and the slots.
bool is_optimizer_update(const Instruction& instruction);

}  // namespace graft::ops
