#pragma once

#include <filesystem>
#include <string>

#include "graft/models/training/callback.h"

namespace graft {

/// Settings of ModelCheckpoint, with Keras 3's names and defaults.
struct ModelCheckpointConfig {
  /// A path for Model::save or, with save_weights_only, Model::save_weights. "{epoch}" and "{epoch:02d}" are replaced
  /// by the number of the epoch, from 1; "{val_loss}" and "{val_loss:.2f}" by that number of the logs.
  std::filesystem::path path;
  std::string monitor = "val_loss";  ///< the name of a number in the logs; read only with save_best_only
  bool save_best_only = false;       ///< saves only when the monitored number is better than ever before
  bool save_weights_only = false;    ///< calls Model::save_weights instead of Model::save
  std::string mode = "auto";  ///< "min", "max", or "auto": max for accuracies, AUC and cosine_similarity, else min
};
/// Saves the model at the end of every epoch, or only of those that are the best so far. A second fit continues from
/// the best of the first. Throws ConfigError for an empty path or an unknown mode; during fit it throws as Model::save
/// does, and DataError for a name that is not in the logs. Source: keras.callbacks.ModelCheckpoint.
Callback ModelCheckpoint(ModelCheckpointConfig config);

}  // namespace graft
