#pragma once

#include <memory>
#include <source_location>
#include <utility>
#include <vector>

#include "graft/models/step/trainer_config.h"
#include "graft/models/training/data.h"
#include "graft/models/training/logs.h"
#include "graft/ops/run/executable.h"

namespace graft {

class TrainingStep;

/// A training plan: a loss, and the variables that move to make it smaller. The choice of variables belongs to the
/// trainer, so two trainers share one generator and discriminator without flipping flags. Regularizers of the
/// variables that move are added to the loss. The step is compiled when a batch size is first used.
///
/// A layer of which no variable moves is frozen for this trainer: a BatchNormalization there runs on its moving
/// statistics and keeps them, unless the config says otherwise. (A GAN mostly wants Statistics::batch_only there, in
/// both trainers.) A BatchNormalization without gamma and beta goes by its trainable flag.
///
/// Throws GraphError when the loss cannot be computed from the inputs, or when no variable in `update` has influence
/// on it; ConfigError when `update` is empty.
class Trainer {
 public:
  explicit Trainer(TrainerConfig config, std::source_location location = std::source_location::current());

  /// One step on one batch, a Tensor (batch, ...) for each input; returns the loss before the step, regularizers
  /// included. Throws ShapeError naming the input and both shapes, DataError naming the input and the row of a NaN.
  float step(const TensorList& batch);
  /// The same step; returns all that is reported: "loss", then the metrics.
  Logs step_logs(const TensorList& batch);

  /// The variables that move, each once.
  const Variables& update() const&;
  Variables update() && { return std::as_const(*this).update(); }
  const Optimizer& optimizer() const&;
  Optimizer optimizer() && { return std::as_const(*this).optimizer(); }
  /// The compiled training step for inputs of this batch size. Throws BackendError when oneDNN refuses.
  Executable executable(int64_t batch) const;

 private:
  friend class JointTrainer;
  std::shared_ptr<TrainingStep> step_;
};

/// Several training plans as one step: what their losses have in common is computed once, and all gradients are of the
/// weights as they were before the step. (Trainers that take turns see each other's last move.) Each plan keeps its
/// optimizer, whose state the trainers share with this. There is one forward pass, so a BatchNormalization does what
/// the most active of the plans asks of it: update, else batch_only, else frozen.
class JointTrainer {
 public:
  /// Throws ConfigError for no trainer, or for trainers of different precision, threads or memory_limit.
  explicit JointTrainer(const std::vector<Trainer>& trainers,
                        std::source_location location = std::source_location::current());

  /// The inputs of all trainers, each once, in the order of the trainers: what a step is given.
  const SymbolicTensors& inputs() const&;
  SymbolicTensors inputs() && { return std::as_const(*this).inputs(); }
  /// One step on one batch; returns each trainer's loss before it. Throws as Trainer::step.
  std::vector<float> step(const TensorList& batch);
  /// The same step; returns for each trainer all that is reported: "loss", then its metrics.
  std::vector<Logs> step_logs(const TensorList& batch);
  /// The compiled step for inputs of this batch size. Throws BackendError when oneDNN refuses.
  Executable executable(int64_t batch) const;

 private:
  std::shared_ptr<TrainingStep> step_;
};

}  // namespace graft
