#pragma once

#include <string>
#include <utility>
#include <vector>

#include "graft/graph/symbolic_tensor.h"
#include "graft/models/training/optimizer.h"
#include "graft/ops/program/precision.h"
#include "graft/ops/program/variable.h"

namespace graft {

/// A symbolic value and the name it is reported by.
using NamedTensor = std::pair<std::string, SymbolicTensor>;

/// Settings of a Trainer.
struct TrainerConfig {
  SymbolicTensors inputs;  ///< a step takes a Tensor for each, in this order
  SymbolicTensor loss;     ///< a step makes the mean of its elements smaller
  Variables update;        ///< the variables that move, regardless of the layers' trainable flags
  Optimizer optimizer = "rmsprop";
  std::vector<NamedTensor> metrics = {};       ///< the mean of each is reported beside the loss
  int threads = 0;                             ///< 0: GRAFT_THREADS, or all cores
  Precision precision = "float32";             ///< or "bf16": see ExecutableOptions
  int64_t memory_limit = 0;                    ///< bytes of a step's activations, 0 for any: see ExecutableOptions
  bool tune = false;                           ///< see ExecutableOptions
  Statistics batch_norm = Statistics::update;  ///< of a BatchNormalization with a variable that moves
  Statistics batch_norm_elsewhere = Statistics::frozen;  ///< of the others
};

}  // namespace graft
