#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graft/graph/symbolic_tensor.h"
#include "graft/models/training/data.h"
#include "graft/models/training/logs.h"
#include "graft/models/training/optimizer.h"
#include "graft/ops/run/executable.h"

namespace graft {

/// A symbolic value and the name it is reported by.
using NamedTensor = std::pair<std::string, SymbolicTensor>;

struct TrainerConfig {
  SymbolicTensors inputs;  ///< what a step is given, in this order
  SymbolicTensor loss;     ///< its mean is made smaller
  Variables update;        ///< what moves, whatever the layers' trainable flags say
  Optimizer optimizer = "rmsprop";
  std::vector<NamedTensor> metrics = {};       ///< means that are reported too
  int threads = 0;                             ///< 0: GRAFT_THREADS, or all cores
  Precision precision = "float32";             ///< or "bf16": see ExecutableOptions
  int64_t memory_limit = 0;                    ///< bytes of a step's activations, 0 for any: see ExecutableOptions
  bool tune = false;                           ///< see ExecutableOptions
  Statistics batch_norm = Statistics::update;  ///< of a BatchNormalization of which a variable moves
  Statistics batch_norm_elsewhere = Statistics::frozen;  ///< of the others
};

/// A training plan: a loss, and the variables that move to make it smaller. Which they are belongs to the trainer, so
/// two trainers share one generator and discriminator without flipping flags. A layer of which no variable moves is
/// frozen for this trainer: a BatchNormalization there runs on its moving statistics and keeps them, unless the config
/// says otherwise (a GAN mostly wants Statistics::batch_only there, in both trainers). One without gamma and beta goes
/// by its trainable flag. Regularizers of the variables that move are added to the loss. Compiled at the first step of
/// each batch size.
///
/// Throws GraphError when the loss cannot be computed from the inputs, or when a variable in `update` has no influence
/// on it; ConfigError when nothing moves.
class Trainer {
 public:
  explicit Trainer(TrainerConfig config, std::source_location location = std::source_location::current());

  /// One step on one batch, a Tensor for each input; returns the loss before it, regularizers included.
  /// Throws ShapeError naming the input and both shapes, DataError naming the input and the row of a NaN.
  float step(const TensorList& batch);
  /// The same with everything that is reported: "loss", then the metrics.
  Logs step_logs(const TensorList& batch);

  const Variables& update() const;
  const Optimizer& optimizer() const;
  /// The training step for inputs of these batch sizes. Throws BackendError.
  Executable executable(int64_t batch) const;

 private:
  friend class JointTrainer;
  std::shared_ptr<class TrainingStep> step_;
};

/// Several training plans as one step: what their losses have in common is computed once, and all gradients are of the
/// weights as they were before the step (trainers that take turns see each other's last move). Each plan keeps its
/// optimizer, whose state the trainers share with this. There is one forward pass, so a BatchNormalization does what
/// the most active of the plans asks of it: update, else batch_only, else frozen.
class JointTrainer {
 public:
  /// Throws ConfigError for no trainer, or for trainers of different precision, threads or memory_limit.
  explicit JointTrainer(const std::vector<Trainer>& trainers,
                        std::source_location location = std::source_location::current());

  /// What a step is given: the inputs of all trainers, each once, in the order in which they first stand there.
  const SymbolicTensors& inputs() const;
  /// One step on one batch; returns each trainer's loss before it. Throws as Trainer::step.
  std::vector<float> step(const TensorList& batch);
  /// The same with everything that is reported: for each trainer "loss", then its metrics.
  std::vector<Logs> step_logs(const TensorList& batch);
  Executable executable(int64_t batch) const;

 private:
  std::shared_ptr<TrainingStep> step_;
};

}  // namespace graft
