#pragma once

// Internal: functions of two operands of which no compiler makes vectors.

#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/program/functions.h"

namespace graft::ops {

/// d = f(x, y) for the functions that binary_block does not have itself; its columns must be without gaps.
void rare_binary_block(Binary algorithm, const Block& block);

}  // namespace graft::ops
