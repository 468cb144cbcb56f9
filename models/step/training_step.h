#pragma once

// Internal: a loss and its metrics, compiled to a training step and to an evaluation step.

#include <functional>
#include <span>
#include <unordered_set>

#include "graft/graph/graph.h"
#include "graft/models/step/executable_cache.h"
#include "graft/models/step/trainer_config.h"
#include "graft/models/training/logs.h"
#include "graft/ops/program/builder.h"

namespace graft {

/// Returns the layers of a graph and of the nested models and wrappers in it, each once.
std::vector<Layer> all_layers(const Graph& graph);

/// Returns what happens to each moving statistic of the graph while `config` trains.
ops::Builder::StatisticsTable statistics_table(const Graph& graph, const TrainerConfig& config);

/// What a plan reports of one step: "loss", including penalties, then its metrics. A metric that is a mean over a part
/// of the rows has the number of these rows in `counts`; the others are means over the batch.
struct StepLogs {
  Logs logs;
  Named<float> counts;
};

/// The step of one plan, or of several plans whose common part is computed once.
class TrainingStep {
 public:
  /// Writes the values of an input, row by row, on at most `threads` threads.
  using Fill = std::function<void(size_t input, std::span<float> values, int threads)>;

  /// The penalties of the calls that lead to `also` belong to the first plan too, though it reports nothing of them.
  /// Throws as Trainer and JointTrainer do.
  explicit TrainingStep(std::vector<TrainerConfig> configs, const SymbolicTensors& also = {});

  const std::vector<TrainerConfig>& configs() const { return configs_; }
  const SymbolicTensors& inputs() const { return graph_->inputs(); }

  /// Does one step on inputs of these shapes; returns what each plan reports.
  std::vector<StepLogs> train(const std::vector<Shape>& shapes, const Fill& fill);
  /// Returns the same numbers at inference; no variable moves.
  std::vector<StepLogs> test(const std::vector<Shape>& shapes, const Fill& fill);

  /// Returns the options that the configs ask for.
  ExecutableOptions options() const;
  /// A training step of its own, apart from those that `train` keeps.
  Executable train_executable(const std::vector<Shape>& shapes, const ExecutableOptions& options);

 private:
  struct Plan {
    std::shared_ptr<const Graph> graph;  // the part that this plan needs
    std::unordered_set<const VariableState*> update;
  };
  ops::Program train_program(const std::vector<Shape>& shapes) const;
  ops::Program test_program(const std::vector<Shape>& shapes) const;
  ops::Values emit_reports(ops::Builder& builder, const std::vector<Shape>& shapes) const;
  ops::Values emit_gradients(ops::Builder& builder, const TrainerConfig& config, ops::Value loss) const;
  void emit_updates_of(ops::Builder& builder, size_t plan, const ops::Values& gradients) const;
  std::string key(const char* mode, const std::vector<Shape>& shapes) const;
  std::vector<StepLogs> reports(const Context& context) const;
  void warn_of_unreached(const TrainerConfig& config, const ops::Values& gradients) const;

  std::vector<TrainerConfig> configs_;
  std::vector<Plan> plans_;             // one for each config
  std::shared_ptr<const Graph> graph_;  // its outputs are the loss and the metrics of one plan after the other
  ops::Builder::StatisticsTable statistics_;
  ExecutableCache compiled_;
  mutable bool warned_ = false;
};

}  // namespace graft
