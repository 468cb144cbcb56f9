#pragma once

// Internal: lowering within a memory limit.

#include <memory>

#include "graft/ops/compile/lower_program.h"

namespace graft {

/// lower_program within `memory_limit` bytes of arena (0: any): cheap results are computed again where that is needed.
/// Throws BackendError naming the least memory that it takes.
std::shared_ptr<ExecutableState> lower_within(const ops::Program& program, const LoweringOptions& options,
                                              int64_t memory_limit);

}  // namespace graft
