#pragma once

// Internal: brings values that depend on weights alone up to date before a run.

#include <memory>

#include "graft/ops/compile/executable_state.h"

namespace graft {

/// Brings `held` up to date with the variables. Returns true if `held` is another set than before. Takes no lock when
/// nothing has changed.
bool prepare(const ExecutableState& state, std::shared_ptr<PreparedSet>& held);

}  // namespace graft
