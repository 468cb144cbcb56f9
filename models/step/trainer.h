#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "graft/core/source_location.h"
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
/// A layer none of whose variables moves is frozen for this trainer: a BatchNormalization there runs on its moving
/// statistics and keeps them, unless the config says otherwise. (A GAN mostly wants Statistics::batch_only there, in
/// both trainers.) For a BatchNormalization without gamma and beta its trainable flag decides.
///
/// Throws GraphError when the loss cannot be computed from the inputs, or depends on no variable in `update`;
/// ConfigError when `update` is empty.
class Trainer {
 public:
  explicit Trainer(TrainerConfig config, source_location location = source_location::current());

  /// Does one step on one batch, a Tensor (batch, ...) for each input; returns the loss before the step, including
  /// regularizers. Throws ShapeError naming the input and both shapes, DataError naming the input and the row of a NaN.
  float step(const TensorList& batch);
  /// Does the same step; returns all reported numbers: "loss", then the metrics.
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

/// Several training plans as one step: the common part of their losses is computed once, and all gradients are taken at
/// the weights before the step. (Trainers that take turns see each other's last update.) Each plan keeps its optimizer,
/// whose state is shared with its Trainer. There is one forward pass, so a BatchNormalization uses the most active mode
/// that a plan asks for: update, else batch_only, else frozen.
class JointTrainer {
 public:
  /// Throws ConfigError without trainers, or when their precision, threads or memory_limit differ.
  explicit JointTrainer(const std::vector<Trainer>& trainers, source_location location = source_location::current());

  /// The inputs of a step: those of all trainers, each once, in the order of the trainers.
  const SymbolicTensors& inputs() const&;
  SymbolicTensors inputs() && { return std::as_const(*this).inputs(); }
  /// Does one step on one batch; returns each trainer's loss before it. Throws as Trainer::step.
  std::vector<float> step(const TensorList& batch);
  /// Does the same step; returns all reported numbers of each trainer: "loss", then its metrics.
  std::vector<Logs> step_logs(const TensorList& batch);
  /// The compiled step for inputs of this batch size. Throws BackendError when oneDNN refuses.
  Executable executable(int64_t batch) const;

 private:
  std::shared_ptr<TrainingStep> step_;
};

}  // namespace graft
