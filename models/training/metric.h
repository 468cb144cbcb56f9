#pragma once

#include "graft/models/training/loss.h"

namespace graft {

/// A number that is reported beside the loss: the mean over the samples, and over an epoch the mean of the batches,
/// weighted by their sizes. Source: keras.metrics.
///
/// By name: accuracy (acc), binary_accuracy, categorical_accuracy, sparse_categorical_accuracy,
/// top_k_categorical_accuracy, sparse_top_k_categorical_accuracy, and every loss. "accuracy" is, as in Keras, the
/// binary one for predictions of last dimension 1, the sparse one for targets of lower rank or of last dimension 1,
/// else the categorical one. Or a function of your own with the name to report it by.
class Metric {
 public:
  Metric(const char* name) : Metric(std::string(name)) {}
  Metric(const std::string& name);  ///< throws ConfigError listing the names
  Metric(const Loss& loss);         ///< any loss is a metric, too
  Metric(std::string name, Loss::Function function, Loss::Targets targets = Loss::Targets::any);

  const std::string& name() const& { return name_; }  ///< in the logs: as it was given
  std::string name() && { return std::move(name_); }
  const Loss& loss() const& { return loss_; }  ///< the function, and what it asks of its targets
  Loss loss() && { return std::move(loss_); }
  /// Records the value per sample, (N, ..., C) -> (N, ...). Throws ShapeError as Loss does.
  SymbolicTensor operator()(const SymbolicTensor& y_true, const SymbolicTensor& y_pred) const {
    return loss_(y_true, y_pred);
  }

 private:
  std::string name_;
  Loss loss_;
};

/// Settings of BinaryAccuracy.
struct BinaryAccuracyConfig {
  double threshold = 0.5;  ///< larger predictions count as 1
};
/// The part of the predictions that are on the right side of the threshold, for targets of 0 or 1.
Metric BinaryAccuracy(BinaryAccuracyConfig config = {});
/// Settings of the top-k accuracies.
struct TopKConfig {
  int64_t k = 5;  ///< at least 1, or ConfigError
};
/// The part of the samples whose true class is among the k most likely ones: for one-hot targets (N, classes), and for
/// class numbers (N) or (N, 1).
Metric TopKCategoricalAccuracy(TopKConfig config = {});
Metric SparseTopKCategoricalAccuracy(TopKConfig config = {});

}  // namespace graft
