#pragma once

#include "graft/ops/program/precision.h"
#include "graft/ops/run/step_report.h"

namespace graft {

/// What this machine does at best, measured: a product of matrices that are in the caches, and the sum of numbers that
/// are not.
struct MachinePeak {
  double gflops = 0;  ///< 1e9 operations a second, two for each multiplication with addition
  double gbytes = 0;  ///< 1e9 bytes a second, read from memory

  /// Of the peak of operations, for a step that has any; else of the memory's, which a step whose data are in the
  /// caches surpasses. 0 for a step that was not timed.
  double share(const StepReport& step) const;
};

/// Takes about a fifth of a second. Throws ConfigError where this machine lacks the arithmetic of the precision.
MachinePeak measure_peak(int threads, Precision precision = "float32");

}  // namespace graft
