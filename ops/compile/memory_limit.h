#pragma once

// Internal: lowers a Program within a memory limit.

#include <memory>

#include "graft/ops/compile/lower_program.h"

namespace graft {

/// Calls lower_program so that the arena has at most `memory_limit` bytes (0: any number). Where that is needed, cheap
/// results are computed again. Throws BackendError that names the least memory that the Program takes.
std::shared_ptr<ExecutableState> lower_within(const ops::Program& program, const LoweringOptions& options,
                                              int64_t memory_limit);

}  // namespace graft
