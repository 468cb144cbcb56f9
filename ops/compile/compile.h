#pragma once

// Internal: from a Program to what runs.

#include <memory>

#include "graft/ops/compile/lower_program.h"
#include "graft/ops/compile/options.h"

namespace graft {

/// The passes, then lowering. Throws ConfigError for options out of range, BackendError naming the step that oneDNN
/// refused.
std::shared_ptr<ExecutableState> compile_program(const ops::Program& program, const ExecutableOptions& options,
                                                 const Formulation& formulation);
/// The threads that 0 stands for are GRAFT_THREADS, or all cores. Throws ConfigError for a negative number.
int thread_count(int asked);

}  // namespace graft
