#pragma once

// Internal: describes the steps of an Executable in text and numbers.

#include <string>
#include <vector>

#include "graft/ops/compile/executable_state.h"
#include "graft/ops/run/machine.h"
#include "graft/ops/run/step_report.h"

namespace graft {

/// Describes a step; its operations and bytes are totals over all parts of a run.
StepReport report_of(const ops::Step& step, size_t parts);
/// Describes all steps of an Executable, including those ahead of the runs.
std::vector<StepReport> step_reports(const ExecutableState& state);
/// Counts the reorders in every run, without those ahead of the runs.
int count_reorders(const ExecutableState& state);
/// Counts the steps in every run for which oneDNN uses its reference implementation.
int count_references(const ExecutableState& state);
/// Bytes of all weights in the layouts that the steps read, and of the variables that they are made from.
int64_t weights_bytes(const ExecutableState& state);
/// Returns a table of the steps, with totals below it.
std::string text_report(const ExecutableState& state);

/// Returns the same table with the time of each step (Context::time_steps) and its share of the peak.
std::string text_report(const ExecutableState& state, const std::vector<StepReport>& steps, const MachinePeak& peak);

}  // namespace graft
