#pragma once

// Internal: elementwise functions of several operands, for blocks of a loop nest. Operand 0 is the destination, and all
// but copy_block need its columns to be without gaps.

#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/program/functions.h"

namespace graft::ops {

/// d = x
void copy_block(const Block& block);
/// d = x op y
void binary_block(Binary algorithm, const Block& block);
/// d = condition != 0 ? x : y
void where_block(const Block& block);
/// d = x > 0 ? x : slope x
void prelu_block(const Block& block);
/// d = x > 0 ? dy : slope dy; the operands are dy, x and slope.
void prelu_gradient_block(const Block& block);

}  // namespace graft::ops
