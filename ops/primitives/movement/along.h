#pragma once

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// The gradient of take and take_along_axis: dst[.., i, ..] is the sum of src[.., k, ..] over all k with
/// indices[.., k, ..] = i, in their order, for `count` places i. Indices of rank 1 are those of all lines.
Value add_along_axis(Builder& b, Value src, Value indices, size_t axis, int64_t count);

/// Whether the instruction takes rows of a matrix by their numbers.
bool takes_rows(const Program& program, const Instruction& i);

}  // namespace graft::ops
