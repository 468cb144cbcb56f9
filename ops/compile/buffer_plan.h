#pragma once

// Internal: gives each buffer its place in memory.

#include "graft/ops/compile/executable_state.h"

namespace graft {

/// Fills offsets, arena_bytes, bound_bytes and preparing_bytes of a lowered Program: plans the arena of the runs, and
/// the memory for intermediate results while values are prepared ahead of them.
void plan_buffers(ExecutableState& state);

}  // namespace graft
