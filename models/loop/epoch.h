#pragma once

// Internal: loops of steps over data, shared by fit and evaluate.

#include <functional>
#include <span>

#include "graft/models/loop/fit_plan.h"

namespace graft {

/// Means over an epoch, to which each batch contributes by its number of rows, or by those that count.
class EpochLogs {
 public:
  void add(const StepLogs& batch, int64_t rows);
  Logs mean() const;

 private:
  Named<double> sums_, rows_;
};

enum class StepMode { train, test };

/// Runs one step on the rows with these numbers.
StepLogs step_on_rows(const StepData& data, std::span<const int64_t> rows, StepMode mode);

/// Runs inference steps over all rows in order; no variable moves. `after` is called after each step with its number,
/// from 0, and the means so far.
Logs test_epoch(const StepData& data, int64_t batch_size,
                const std::function<void(int64_t step, const Logs&)>& after = {});

}  // namespace graft
