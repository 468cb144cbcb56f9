#pragma once

// Internal: the settings that Model::compile fixes, and the training steps made from them.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graft/models/loop/recorded_step.h"
#include "graft/models/model/model.h"
#include "graft/models/step/host_part.h"
#include "graft/models/step/training_step.h"

namespace graft {

/// Data that has been checked against a model: a tensor for each input of a step, in the order of the inputs.
struct StepData {
  TrainingStep* step = nullptr;
  TensorList tensors;
  int64_t rows = 0;

  /// Returns the shapes of the step's inputs for a batch of this size.
  std::vector<Shape> shapes(int64_t batch) const;
};

/// The optimizer of a model, the losses and metrics of each of its outputs, and the variables that move.
class FitPlan {
 public:
  /// Throws ConfigError when losses, weights or metrics do not fit the outputs.
  FitPlan(const Model& model, CompileConfig config);

  const CompileConfig& config() const { return config_; }
  const Variables& update() const { return update_; }
  /// Checks data against the model and throws as Model::fit does. y holds a tensor for each output, or for each output
  /// that has a loss or a metric; sample_weight holds none, one for all outputs, or one for each output with a loss.
  StepData prepare(const TensorList& x, const TensorList& y, const TensorList& sample_weight);
  /// Returns the training step for targets in the shapes of the outputs, or (N, 1) for class numbers.
  TrainingStep& usual_step();
  /// Takes over the losses and metrics that have been added to the model since.
  void set_additions(const ModelImpl& model);

 private:
  void name_outputs(const Model& model);
  void set_stages(const ModelImpl& model);
  TensorList from_host(const TensorList& x) const;
  bool in_program(const TrainedOutput& output) const;
  void check_in_program() const;
  void spread_losses();
  void spread_metrics(const char* setting, const std::vector<Metric>& metrics,
                      const std::map<std::string, std::vector<Metric>>& metrics_of,
                      std::vector<Metric> TrainedOutput::* into);
  TensorList fit_targets(const TensorList& y) const;
  TensorList fit_weights(const TensorList& weights, int64_t rows) const;
  size_t count_used() const;
  size_t count_losses() const;
  TrainingStep& step_for(const StepVariant& variant);
  std::unique_ptr<TrainingStep> make_step(const StepVariant& variant) const;

  CompileConfig config_;
  SymbolicTensors inputs_;  // of the model
  std::shared_ptr<const StagedGraph> staged_;
  SymbolicTensors program_inputs_;  // what the steps take: the model's inputs, or what the host computes of them
  std::vector<TrainedOutput> outputs_;
  SymbolicTensors added_losses_;
  std::vector<NamedTensor> added_metrics_;
  Variables update_;  // the variables that were trainable at compile()
  std::map<std::string, std::unique_ptr<TrainingStep>> steps_;
};

/// Returns the plan that compile() made. Throws ConfigError before compile().
FitPlan& fit_plan_of(const Model& model);

}  // namespace graft
