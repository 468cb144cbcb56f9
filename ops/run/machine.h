#pragma once

#include "graft/ops/program/precision.h"
#include "graft/ops/run/step_report.h"

namespace graft {

/// The measured peak of this machine: the speed of a product of matrices that fit in the caches, and of a sum of
/// numbers that do not.
struct MachinePeak {
  double gflops = 0;  ///< 1e9 operations a second; a multiplication with an addition counts as two
  double gbytes = 0;  ///< 1e9 bytes a second, read from memory

  /// The share of the peak that the step reaches: of `gflops` for a step with floating-point operations, else of
  /// `gbytes`, which a step whose data are in the caches can exceed. 0 for a step that was not timed.
  double share(const StepReport& step) const;
};

/// Measures the peak, which takes about a quarter of a second. Throws ConfigError where this machine lacks the
/// arithmetic of the precision.
MachinePeak measure_peak(int threads, Precision precision = "float32");

}  // namespace graft
