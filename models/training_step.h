#pragma once

// Internal: a loss with what is reported beside it, compiled to a step of training and to one of evaluation.

#include <functional>
#include <span>
#include <unordered_set>

#include "graft/graph/graph.h"
#include "graft/models/executable_cache.h"
#include "graft/models/logs.h"
#include "graft/models/trainer.h"

namespace graft {

/// Layers of a graph, those inside nested models and wrappers too, each once.
std::vector<Layer> all_layers(const Graph& graph);

/// The variables that a training may move when `update` move along gradients: theirs, and the statistics of the layers
/// they belong to. A layer with statistics alone goes by its trainable flag.
std::unordered_set<const VariableState*> moving_variables(const Graph& graph, const Variables& update);

class TrainingStep {
 public:
  /// Puts the values of input i into the memory given, row by row, on up to so many threads.
  using Fill = std::function<void(size_t input, std::span<float> values, int threads)>;

  /// Checks as told at Trainer.
  explicit TrainingStep(TrainerConfig config);

  const TrainerConfig& config() const { return config_; }
  const SymbolicTensors& inputs() const { return graph_->inputs(); }

  /// One step on inputs of these shapes. "loss", regularizers included, then the reports.
  Logs train(const std::vector<Shape>& shapes, const Fill& fill);
  /// The same numbers of the network at inference; nothing moves.
  Logs test(const std::vector<Shape>& shapes, const Fill& fill);

  /// What the config asks of the Executables.
  ExecutableOptions options() const;
  /// Compiled apart from what `train` keeps.
  Executable train_executable(const std::vector<Shape>& shapes, const ExecutableOptions& options);

 private:
  ops::Program train_program(const std::vector<Shape>& shapes) const;
  ops::Program test_program(const std::vector<Shape>& shapes) const;
  ops::Values emit_reports(ops::Builder& builder, const std::vector<Shape>& shapes) const;
  ops::Value emit_penalties(ops::Builder& builder, ops::Value loss) const;
  std::string key(const char* mode, const std::vector<Shape>& shapes) const;
  Logs logs(const Context& context) const;
  void warn_of_unreached(const ops::Values& gradients) const;

  TrainerConfig config_;
  std::shared_ptr<const Graph> graph_;
  std::unordered_set<const VariableState*> moving_;
  ExecutableCache compiled_;
  mutable bool warned_ = false;
};

}  // namespace graft
