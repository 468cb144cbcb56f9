#pragma once

// Internal: which formulation of a Program is the fastest on this machine.

#include <string>

#include "graft/ops/compile/formulation.h"
#include "graft/ops/compile/options.h"
#include "graft/ops/program/program.h"

namespace graft {

/// The formulation to compile in: the usual one, or the fastest of those that were timed. `note` becomes what the
/// report says of it.
Formulation choose_formulation(const ops::Program& program, const ExecutableOptions& options, std::string& note);

}  // namespace graft
