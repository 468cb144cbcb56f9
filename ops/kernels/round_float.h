#pragma once

// Internal: floats rounded to the numbers that a smaller type can hold.

#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/program/functions.h"

namespace graft::ops {

/// dst = src rounded to the nearest number of the format, ties to even. Operands: dst, src.
void round_block(const Block& block, const FloatFormat& format);

}  // namespace graft::ops
