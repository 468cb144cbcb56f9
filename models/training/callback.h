#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "graft/models/training/logs.h"
#include "graft/models/training/schedule.h"

namespace graft {

class Model;
class Optimizer;

/// What a callback sees of the fit that calls it.
struct FitProgress {
  const Model& model;
  const Optimizer& optimizer;
  int64_t epochs;               ///< the last one's number + 1
  int64_t steps;                ///< batches per epoch
  bool stop = false;            ///< set it to end the fit after this epoch
  std::string stopped_by = {};  ///< a line for the user, said at the end
};

/// Derive from this to be called during fit; every method may be left out.
class CallbackImpl {
 public:
  virtual ~CallbackImpl() = default;
  virtual void on_train_begin(FitProgress&) {}
  virtual void on_train_end(FitProgress&) {}
  virtual void on_epoch_begin(FitProgress&, int64_t epoch) { (void)epoch; }
  /// Logs hold the epoch's values, with "val_..." ones when there is validation data; a callback may add to them.
  virtual void on_epoch_end(FitProgress&, int64_t epoch, Logs& logs) { (void)epoch, (void)logs; }
  virtual void on_batch_begin(FitProgress&, int64_t batch) { (void)batch; }
  virtual void on_batch_end(FitProgress&, int64_t batch, const Logs& logs) { (void)batch, (void)logs; }
};

/// A handle to a callback: fit takes a list of them.
class Callback {
 public:
  Callback(std::shared_ptr<CallbackImpl> impl) : impl_(std::move(impl)) {}
  CallbackImpl& impl() const& { return *impl_; }
  CallbackImpl& impl() const&& = delete;

 private:
  std::shared_ptr<CallbackImpl> impl_;
};

// Settings and defaults are Keras 3's. `mode` is "min", "max", or "auto": max for names with "acc" or "auc", else min.
// A monitored name that is not in the logs throws DataError listing those that are.

struct EarlyStoppingConfig {
  std::string monitor = "val_loss";
  double min_delta = 0;  ///< less than this is no improvement
  int64_t patience = 0;  ///< epochs without improvement before stopping
  std::string mode = "auto";
  std::optional<double> baseline = {};
  bool restore_best_weights = false;
  int64_t start_from_epoch = 0;
};
Callback EarlyStopping(EarlyStoppingConfig config = {});

struct ModelCheckpointConfig {
  std::filesystem::path path;  ///< as Model::save and save_weights take it; "{epoch}" and "{val_loss}" are filled in
  std::string monitor = "val_loss";  ///< asked for only with save_best_only
  bool save_best_only = false;
  bool save_weights_only = false;
  std::string mode = "auto";
};
/// Saves at the end of every epoch, or of every one that is the best so far.
Callback ModelCheckpoint(ModelCheckpointConfig config);

struct CSVLoggerConfig {
  std::filesystem::path path;
  std::string separator = ",";
  bool append = false;
};
/// One line per epoch: epoch, then the logs in order of name. Throws FormatError when the file cannot be written.
Callback CSVLogger(CSVLoggerConfig config);

struct ReduceLROnPlateauConfig {
  std::string monitor = "val_loss";
  double factor = 0.1;
  int64_t patience = 10;
  std::string mode = "auto";
  double min_delta = 1e-4;
  int64_t cooldown = 0;
  double min_lr = 0;
};
/// Multiplies the learning rate when there is no improvement. Adds "learning_rate" to the logs.
Callback ReduceLROnPlateau(ReduceLROnPlateauConfig config = {});

/// Sets the learning rate at each epoch's begin: schedule(epoch, rate so far). Adds "learning_rate" to the logs.
Callback LearningRateScheduler(std::function<double(int64_t epoch, double rate)> schedule);

struct LambdaCallbackConfig {
  std::function<void(FitProgress&)> on_train_begin = {}, on_train_end = {};
  std::function<void(FitProgress&, int64_t epoch)> on_epoch_begin = {};
  std::function<void(FitProgress&, int64_t epoch, Logs& logs)> on_epoch_end = {};
  std::function<void(FitProgress&, int64_t batch)> on_batch_begin = {};
  std::function<void(FitProgress&, int64_t batch, const Logs& logs)> on_batch_end = {};
};
Callback LambdaCallback(LambdaCallbackConfig config);

/// Stops when the loss is not a number any more.
Callback TerminateOnNaN();

}  // namespace graft
