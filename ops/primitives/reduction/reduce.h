#pragma once

#include <optional>

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// What a reduction over axes takes of its input; none for other primitives.
std::optional<Reduction> reduction_of(const Instruction& instruction);

}  // namespace graft::ops
