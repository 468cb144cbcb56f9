#pragma once

// Internal: the place of each buffer in memory.

#include "graft/ops/compile/executable_state.h"

namespace graft {

/// Fills offsets, arena_bytes, bound_bytes and preparing_bytes of a lowered Program.
void plan_buffers(ExecutableState& state);

}  // namespace graft
