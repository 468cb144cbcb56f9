#pragma once

// Internal: chooses the formulation of a Program that is the fastest on this machine.

#include <string>

#include "graft/ops/compile/formulation.h"
#include "graft/ops/compile/options.h"
#include "graft/ops/program/program.h"

namespace graft {

/// Returns the formulation to compile the Program in: the usual one, or the fastest of those that were timed, now or
/// earlier. Sets `note` to the line of the report about it.
Formulation choose_formulation(const ops::Program& program, const ExecutableOptions& options, std::string& note);

}  // namespace graft
