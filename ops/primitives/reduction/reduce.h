#pragma once

#include <optional>

#include "graft/ops/program/builder.h"

namespace graft::ops {

/// Returns what a reduction over axes computes (sum, mean, ...), and nothing for other primitives.
std::optional<Reduction> reduction_of(const Instruction& instruction);

}  // namespace graft::ops
