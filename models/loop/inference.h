#pragma once

#include "graft/models/model/model.h"
#include "graft/ops/run/executable.h"

namespace graft {

/// Settings of compile.
struct CompileOptions {
  int64_t batch = 1;      ///< samples in one run
  int threads = 0;        ///< 0: GRAFT_THREADS, or all cores
  bool training = false;  ///< compiles the training step instead of inference; needs a loss from Model::compile
  /// "float32" or "bf16" (see ExecutableOptions). The default is float32, or for training the precision of
  /// Model::compile.
  OptionalPrecision precision = {};
  int64_t memory_limit = 0;  ///< bytes, 0: no limit, or for training that of Model::compile; see ExecutableOptions
  bool tune = false;         ///< times several formulations once and takes the fastest; see ExecutableOptions
};

/// Compiles a model for one batch size. The Executable's inputs are those of the model, (batch, ...), followed by the
/// targets when training; its outputs are those of the model, or the loss and the metrics when training, where a metric
/// that a mask restricts has the number of rows that count behind its value.
/// Layers that are computed on the host are left out: where they come first the Executable's inputs are what they give
/// (token numbers for texts), where they come last its outputs are what they take.
/// Throws GraphError where the host computes between two Programs, or all; ConfigError for a batch or threads below
/// their minimum, and for training without Model::compile; ShapeError for an input of unknown shape; BackendError when
/// it would need more memory than the machine has.
Executable compile(const Model& model, const CompileOptions& options = {});

}  // namespace graft
