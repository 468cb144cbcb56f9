#pragma once

// Internal: the passes in their order.

#include "graft/ops/passes/pass.h"

namespace graft::ops {

/// The passes that `optimize` runs, in its order. GRAFT_DISABLE_PASSES leaves passes out by name.
const std::vector<Pass>& passes();

/// Runs the usual passes except those `without`, and also those `with`, twice: the second round sees what the first
/// uncovered.
/// Throws ConfigError where GRAFT_DISABLE_PASSES names a pass that does not exist.
Program optimize(const Program& program, const std::vector<std::string>& without = {},
                 const std::vector<std::string>& with = {});

}  // namespace graft::ops
