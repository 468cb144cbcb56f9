#pragma once

// Internal: lowers a Program, after its passes, to steps and buffers.

#include <memory>

#include "graft/ops/compile/executable_state.h"

namespace graft {

/// How a Program is lowered.
struct LoweringOptions {
  int threads = 1;
  Formulation formulation = {};
  size_t parts = 1;  ///< of a run; the Program is that of one part
};
/// Makes the steps of a Program, their buffers, and the places of the buffers in memory.
std::shared_ptr<ExecutableState> lower_program(ops::Program program, const LoweringOptions& options);
/// Returns the same Program lowered for another number of threads, which is done once for each number.
std::shared_ptr<const ExecutableState> with_threads(const ExecutableState& state, int threads);

}  // namespace graft
