#pragma once

// Internal: measures how long the steps of a run take.

#include <vector>

#include "graft/ops/run/step_report.h"

namespace graft {

struct ContextState;

/// Context::time_steps without its warm-up run. Throws ConfigError if runs < 1.
std::vector<StepReport> time_steps(ContextState& context, int runs, StepTiming timing);
/// Context::trace without its warm-up run. Throws ConfigError if runs < 1.
std::vector<StepSpan> trace(ContextState& context, int runs);

}  // namespace graft
