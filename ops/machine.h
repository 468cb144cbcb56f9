#pragma once

#include "graft/ops/executable.h"

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

/// Takes about a fifth of a second. Throws ConfigError for an unknown precision.
MachinePeak measure_peak(int threads, const std::string& precision = "float32");

/// Of the largest cache; 0 where the machine does not tell.
size_t cache_bytes();

/// The report of an Executable with the time of each step (Context::time_steps) and its share of the peak.
std::string timed_report(const Executable& executable, const std::vector<StepReport>& steps, const MachinePeak& peak);

}  // namespace graft
