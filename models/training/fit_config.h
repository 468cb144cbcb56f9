#pragma once

#include <map>

#include "graft/models/training/callback.h"
#include "graft/models/training/data.h"
#include "graft/models/training/loss.h"
#include "graft/models/training/metric.h"
#include "graft/models/training/optimizer.h"
#include "graft/ops/program/precision.h"

namespace graft {

/// Settings of Model::compile: what a model is trained with. Source: keras.Model.compile.
struct CompileConfig {
  Optimizer optimizer = "rmsprop";       ///< a name or an Optimizer, whose copies share its state
  Losses loss = {};                      ///< one, or one for each output; may be left out when add_loss gave one
  std::vector<float> loss_weights = {};  ///< of each output's loss in the sum; all 1 when empty
  /// With one output: any number. With several: as many as there are outputs, the i-th for output i, or use metrics_of.
  std::vector<Metric> metrics = {};
  /// Metrics by the name of an output, with several outputs.
  std::map<std::string, std::vector<Metric>> metrics_of = {};
  /// Metrics that sample_weight and class_weight weigh as they do the loss, in the same two forms. One that has the
  /// name of another metric is reported as "weighted_{name}".
  std::vector<Metric> weighted_metrics = {};
  std::map<std::string, std::vector<Metric>> weighted_metrics_of = {};
  int threads = 0;                  ///< 0: GRAFT_THREADS, or all cores
  Precision precision = "float32";  ///< or "bf16": of training and evaluation; the weights stay float32
  int64_t memory_limit = 0;         ///< bytes of a step's activations, 0 for any: see ExecutableOptions
  bool tune = false;                ///< see ExecutableOptions
};

/// Data for validation, as fit's own: a tensor (rows, ...) for each input, and so on.
struct ValidationData {
  TensorList x = {}, y = {}, sample_weight = {};
};

/// Settings of Model::fit, with Keras's meaning and defaults. Source: keras.Model.fit.
struct FitConfig {
  int64_t batch_size = 32;  ///< the last batch of an epoch may be smaller
  int64_t epochs = 1;
  int verbose = 1;              ///< 0 quiet; 1 a bar on a terminal, a line per epoch elsewhere; 2 a line per epoch
  double validation_split = 0;  ///< in [0, 1): this part of the rows, the last ones, is for validation
  std::vector<Callback> callbacks = {};
  ValidationData validation_data = {};         ///< overrides validation_split
  bool shuffle = true;                         ///< the rows are in a new order each epoch, by the global seed
  std::map<int64_t, float> class_weight = {};  ///< by class number, the weight of a row's loss; for one output
  /// (rows), the weight of each row's loss, or (rows, steps) and so on for the values of each row: one for all outputs,
  /// or one for each loss.
  TensorList sample_weight = {};
  int64_t initial_epoch = 0;                          ///< the number of the first epoch, to continue a training
  std::optional<int64_t> validation_batch_size = {};  ///< batch_size when left out
  int64_t validation_freq = 1;                        ///< epochs from one validation to the next
};

/// Settings of Model::evaluate. Source: keras.Model.evaluate.
struct EvaluateConfig {
  int64_t batch_size = 32;
  int verbose = 0;                ///< as fit's
  TensorList sample_weight = {};  ///< as fit's
};

}  // namespace graft
