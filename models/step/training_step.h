#pragma once

// Internal: a loss with what is reported beside it, compiled to a step of training and to one of evaluation.

#include <functional>
#include <span>
#include <unordered_set>

#include "graft/graph/graph.h"
#include "graft/models/step/executable_cache.h"
#include "graft/models/step/trainer.h"
#include "graft/models/training/logs.h"
#include "graft/ops/program/builder.h"

namespace graft {

/// Layers of a graph, those inside nested models and wrappers too, each once.
std::vector<Layer> all_layers(const Graph& graph);

/// What each moving statistic of the graph does while `config` trains.
ops::Builder::StatisticsTable statistics_table(const Graph& graph, const TrainerConfig& config);

/// One plan, or several whose common part is computed once.
class TrainingStep {
 public:
  /// Puts the values of input i into the memory given, row by row, on up to so many threads.
  using Fill = std::function<void(size_t input, std::span<float> values, int threads)>;

  /// Checks as told at Trainer and JointTrainer.
  explicit TrainingStep(std::vector<TrainerConfig> configs);

  const std::vector<TrainerConfig>& configs() const { return configs_; }
  const SymbolicTensors& inputs() const { return graph_->inputs(); }

  /// One step on inputs of these shapes. For each plan "loss", regularizers included, then the reports.
  std::vector<Logs> train(const std::vector<Shape>& shapes, const Fill& fill);
  /// The same numbers of the network at inference; nothing moves.
  std::vector<Logs> test(const std::vector<Shape>& shapes, const Fill& fill);

  /// What the configs ask of the Executables.
  ExecutableOptions options() const;
  /// Compiled apart from what `train` keeps.
  Executable train_executable(const std::vector<Shape>& shapes, const ExecutableOptions& options);

 private:
  struct Plan {
    std::shared_ptr<const Graph> graph;  // of this plan alone
    std::unordered_set<const VariableState*> update;
  };
  ops::Program train_program(const std::vector<Shape>& shapes) const;
  ops::Program test_program(const std::vector<Shape>& shapes) const;
  ops::Values emit_reports(ops::Builder& builder, const std::vector<Shape>& shapes) const;
  ops::Value emit_penalties(ops::Builder& builder, const Plan& plan, ops::Value loss) const;
  ops::Values emit_gradients(ops::Builder& builder, const TrainerConfig& config, ops::Value loss) const;
  std::string key(const char* mode, const std::vector<Shape>& shapes) const;
  std::vector<Logs> logs(const Context& context) const;
  void warn_of_unreached(const TrainerConfig& config, const ops::Values& gradients) const;

  std::vector<TrainerConfig> configs_;
  std::vector<Plan> plans_;             // likewise
  std::shared_ptr<const Graph> graph_;  // of all: the reports of one plan after those of another
  ops::Builder::StatisticsTable statistics_;
  ExecutableCache compiled_;
  mutable bool warned_ = false;
};

}  // namespace graft
