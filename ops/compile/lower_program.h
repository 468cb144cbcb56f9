#pragma once

// Internal: lowers a Program that the passes are done with.

#include <memory>

#include "graft/ops/compile/executable_state.h"

namespace graft {

/// How to lower a Program that the passes are done with.
struct LoweringOptions {
  int threads = 1;
  Formulation formulation = {};
  size_t parts = 1;  ///< the Program is of one part
};
/// Its steps, buffers and their places in memory.
std::shared_ptr<ExecutableState> lower_program(ops::Program program, const LoweringOptions& options);
/// The same Program for another number of threads: made once.
std::shared_ptr<const ExecutableState> with_threads(const ExecutableState& state, int threads);

}  // namespace graft
