#pragma once

#include <optional>
#include <string>

#include "graft/models/training/callback.h"

namespace graft {

/// Settings of EarlyStopping, with Keras 3's names and defaults.
struct EarlyStoppingConfig {
  std::string monitor = "val_loss";  ///< the name of the number in the logs that should improve
  double min_delta = 0;              ///< a smaller change is no improvement
  int64_t patience = 0;              ///< epochs without improvement before fit stops
  std::string mode = "auto";  ///< "min", "max", or "auto": max for accuracies, AUC and cosine_similarity, else min
  std::optional<double> baseline = {};  ///< an epoch that is the best so far, but no better than this, counts as one
                                        ///< without improvement, though fit does not stop after it
  bool restore_best_weights = false;    ///< at the end of fit the model gets the weights of the best epoch
  int64_t start_from_epoch = 0;         ///< earlier epochs are ignored
};
/// Ends fit when the monitored number has not improved for `patience` epochs.
/// Throws ConfigError for a negative patience or an unknown mode; during fit, DataError for a name that is not in the
/// logs. Source: keras.callbacks.EarlyStopping.
Callback EarlyStopping(EarlyStoppingConfig config = {});

}  // namespace graft
