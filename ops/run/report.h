#pragma once

// Internal: what the steps of an Executable are, in words and numbers.

#include <string>
#include <vector>

#include "graft/ops/compile/executable_state.h"
#include "graft/ops/run/machine.h"
#include "graft/ops/run/step_report.h"

namespace graft {

/// What a step costs in a run of `parts` parts: totals over all of them.
StepReport report_of(const ops::Step& step, size_t parts);
/// All steps of an Executable, those ahead of the runs among them.
std::vector<StepReport> step_reports(const ExecutableState& state);
/// Reorders in every run; those ahead of the runs are not counted.
int count_reorders(const ExecutableState& state);
/// Steps for which oneDNN has only its reference implementation.
int count_references(const ExecutableState& state);
/// Bytes of all weights in the layouts that the steps read, with the variables they are made from.
int64_t weights_bytes(const ExecutableState& state);
/// A table of the steps, with totals below it.
std::string text_report(const ExecutableState& state);

/// The same with the time of each step (Context::time_steps) and its share of the peak.
std::string text_report(const ExecutableState& state, const std::vector<StepReport>& steps, const MachinePeak& peak);

}  // namespace graft
