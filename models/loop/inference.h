#pragma once

#include "graft/models/model/model.h"
#include "graft/ops/run/executable.h"

namespace graft {

/// Settings of compile.
struct CompileOptions {
  int64_t batch = 1;      ///< samples of one run
  int threads = 0;        ///< 0: GRAFT_THREADS, or all cores
  bool training = false;  ///< the training step instead of inference; Model::compile must have given a loss
  /// "float32" or "bf16" (see ExecutableOptions). When left out: float32, or for training what the model was compiled
  /// with.
  OptionalPrecision precision = {};
  int64_t memory_limit = 0;  ///< bytes, 0 for any (see ExecutableOptions), or for training as the model was compiled
  bool tune = false;         ///< times several formulations once and takes the fastest: see ExecutableOptions
};

/// Compiles a model for one batch size. The Executable's inputs are the model's, (batch, ...), and for training then
/// the targets; its outputs are the model's, or for training the loss and the metrics.
/// Throws ConfigError for a batch or threads below their least, and for training without Model::compile; ShapeError
/// for an input whose shape is not known; BackendError when it would need more memory than there is.
Executable compile(const Model& model, const CompileOptions& options = {});

}  // namespace graft
