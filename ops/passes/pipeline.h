#pragma once

// Internal: runs the passes in their order.

#include "graft/ops/passes/pass.h"

namespace graft::ops {

/// All passes, in the order in which `optimize` runs them. GRAFT_DISABLE_PASSES leaves passes out by name.
const std::vector<Pass>& passes();

/// Runs the usual passes except those in `without`, and also those in `with`. There are two rounds, because a pass may
/// find more to do once the others have run.
/// Throws ConfigError where GRAFT_DISABLE_PASSES names a pass that does not exist.
Program optimize(const Program& program, const std::vector<std::string>& without = {},
                 const std::vector<std::string>& with = {});

}  // namespace graft::ops
