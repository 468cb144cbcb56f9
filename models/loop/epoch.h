#pragma once

// Internal: steps over data, shared by fit, evaluate and predict.

#include "graft/models/loop/fit_plan.h"
#include "graft/models/model/model.h"

namespace graft {

ops::Program inference_program(const Graph& graph, const std::vector<Shape>& shapes);

/// Throws ConfigError before compile().
CompiledModel& compiled_model(const Model& model);

/// Means over an epoch: each batch counts as many times as it has rows.
class EpochLogs {
 public:
  void add(const Logs& batch, int64_t rows);
  Logs mean() const;

 private:
  Named<double> sums_;
  int64_t rows_ = 0;
};

enum class StepMode { train, test };

/// One step on the named rows.
Logs run_step(const StepData& data, std::span<const int64_t> rows, StepMode mode);

/// All rows in order, nothing moves.
Logs run_test(const StepData& data, int64_t batch_size,
              const std::function<void(int64_t step, const Logs&)>& after = {});

}  // namespace graft
