#pragma once

// Internal: compiles a Program to an ExecutableState.

#include <memory>

#include "graft/ops/compile/lower_program.h"
#include "graft/ops/compile/options.h"

namespace graft {

/// Runs the passes, then lowers the Program. Throws ConfigError for options out of range, and BackendError that names
/// the step that oneDNN refused.
std::shared_ptr<ExecutableState> compile_program(const ops::Program& program, const ExecutableOptions& options,
                                                 const Formulation& formulation);
/// Returns the number of threads that was asked for; 0 stands for GRAFT_THREADS, or for all cores where that is not
/// set. Throws ConfigError for a negative number.
int thread_count(int asked);

}  // namespace graft
