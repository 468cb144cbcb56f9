#pragma once

// Internal: what Model::compile fixed, and the steps made of it.

#include <map>

#include "graft/models/step/training_step.h"
#include "graft/models/training/fit_config.h"

namespace graft {

class Model;
class ModelImpl;

/// Data that fits a model, checked: the tensors of a step's inputs, in their order.
struct StepData {
  TrainingStep* step = nullptr;
  TensorList tensors;
  int64_t rows = 0;

  /// The shapes of the step's inputs for a batch of so many rows.
  std::vector<Shape> shapes(int64_t batch) const;
};

class CompiledModel {
 public:
  /// Throws ConfigError when losses, weights or metrics do not fit the outputs.
  CompiledModel(const Model& model, CompileConfig config);

  const CompileConfig& config() const { return config_; }
  const Variables& update() const { return update_; }
  /// Checks data against the model, as told at Model::fit; what was said of y holds for each output that has a loss or
  /// a metric. Sample weights are empty, one for all outputs, or one for each that has a loss.
  StepData prepare(const TensorList& x, const TensorList& y, const TensorList& sample_weight);
  /// The training step for targets of the outputs' own shapes (of one number for class numbers).
  Executable train_executable(const struct CompileOptions& options);
  /// Takes over what add_loss and add_metric have added since.
  void set_additions(const ModelImpl& model);

 private:
  struct Output {
    std::string name;
    SymbolicTensor tensor;
    Loss loss;
    float weight = 1;
    std::vector<Metric> metrics;
    bool used() const { return static_cast<bool>(loss) || !metrics.empty(); }
  };
  /// What tells one step from another: the targets' shapes and whether there are weights.
  struct Variant {
    std::vector<Shape> targets;
    bool weighted = false;
  };

  void name_outputs(const Model& model);
  void spread_losses();
  void spread_metrics();
  TensorList fit_targets(const TensorList& y) const;
  TensorList fit_weights(const TensorList& weights, int64_t rows) const;
  size_t count_used() const;
  size_t count_losses() const;
  TrainingStep& step_for(const Variant& variant);
  std::unique_ptr<TrainingStep> make_step(const Variant& variant) const;

  CompileConfig config_;
  SymbolicTensors inputs_;
  std::vector<Output> outputs_;
  SymbolicTensors added_losses_;
  std::vector<NamedTensor> added_metrics_;
  Variables update_;  // trainable at compile()
  std::map<std::string, std::unique_ptr<TrainingStep>> steps_;
};

}  // namespace graft
