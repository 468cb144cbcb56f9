#pragma once

// Internal: how long the steps of a run take.

#include <vector>

#include "graft/ops/run/step_report.h"

namespace graft {

struct ContextState;

/// The medians of Context::time_steps. The first of the runs is not a warm-up. Throws ConfigError below one run.
std::vector<StepReport> time_steps(ContextState& context, int runs, StepTiming timing);
/// The spans of Context::trace, likewise.
std::vector<StepSpan> trace(ContextState& context, int runs);

}  // namespace graft
