#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graft/graph/symbolic_tensor.h"
#include "graft/models/data.h"
#include "graft/models/logs.h"
#include "graft/models/optimizer.h"
#include "graft/ops/executable.h"

namespace graft {

/// A symbolic value and the name it is reported by.
using NamedTensor = std::pair<std::string, SymbolicTensor>;

struct TrainerConfig {
  SymbolicTensors inputs;  ///< what a step is given, in this order
  SymbolicTensor loss;     ///< its mean is made smaller
  Variables update;        ///< what moves, whatever the layers' trainable flags say
  Optimizer optimizer = "rmsprop";
  std::vector<NamedTensor> metrics = {};  ///< means that are reported too
  int threads = 0;                        ///< 0: GRAFT_THREADS, or all cores
  std::string precision = "float32";      ///< or "bf16": see ExecutableOptions
  int64_t memory_limit = 0;               ///< bytes of a step's activations, 0 for any: see ExecutableOptions
  bool tune = false;                      ///< see ExecutableOptions
};

/// A training plan: a loss, and the variables that move to make it smaller. Which they are belongs to the trainer, so
/// two trainers share one generator and discriminator without flipping flags. A layer of which no variable moves is
/// frozen for this trainer: a BatchNormalization there runs on its moving statistics and keeps them. Regularizers of
/// the variables that move are added to the loss. Compiled at the first step of each batch size.
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
  std::shared_ptr<class TrainingStep> step_;
};

}  // namespace graft
