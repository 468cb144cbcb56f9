#pragma once

// Internal: brings what is made of weights alone up to date before a run.

#include <memory>

#include "graft/ops/compile/executable_state.h"

namespace graft {

/// Brings `held` up to date with the variables. Returns true when it is another set than before. Waits for no lock
/// when nothing has changed.
bool prepare(const ExecutableState& state, std::shared_ptr<PreparedSet>& held);

}  // namespace graft
