#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "graft/models/training/logs.h"

namespace graft {

class Model;
class Optimizer;

/// What a callback sees of the fit that calls it.
struct FitProgress {
  const Model& model;  ///< include graft.h to use it
  const Optimizer& optimizer;
  int64_t epochs;               ///< the number of the last epoch + 1
  int64_t steps;                ///< batches per epoch
  bool stop = false;            ///< a callback sets it to end the epoch after this batch, and fit after this epoch
  std::string stopped_by = {};  ///< one line for the user, which fit prints at its end unless verbose is 0
};

/// A class derived from this one is called during fit. Every method may be left out; epochs and batches count from 0.
class CallbackImpl {
 public:
  virtual ~CallbackImpl() = default;
  virtual void on_train_begin(FitProgress&) {}
  virtual void on_train_end(FitProgress&) {}
  virtual void on_epoch_begin(FitProgress&, int64_t epoch) { (void)epoch; }
  /// Logs hold the means of the epoch, with "val_..." ones when there is validation data. A callback may add to them.
  virtual void on_epoch_end(FitProgress&, int64_t epoch, Logs& logs) { (void)epoch, (void)logs; }
  virtual void on_batch_begin(FitProgress&, int64_t batch) { (void)batch; }
  /// Logs hold the means of the epoch up to this batch.
  virtual void on_batch_end(FitProgress&, int64_t batch, const Logs& logs) { (void)batch, (void)logs; }
};

/// A handle to a callback; fit takes a list of them and calls them in its order.
class Callback {
 public:
  Callback(std::shared_ptr<CallbackImpl> impl) : impl_(std::move(impl)) {}
  CallbackImpl& impl() const& { return *impl_; }
  CallbackImpl& impl() const&& = delete;

 private:
  std::shared_ptr<CallbackImpl> impl_;
};

// Settings and defaults of all callbacks are Keras 3's. EarlyStopping and ModelCheckpoint, which need the model, are
// declared in models/loop.

/// Settings of CSVLogger, with Keras 3's names and defaults.
struct CSVLoggerConfig {
  std::filesystem::path path;
  std::string separator = ",";
  bool append = false;  ///< keeps the lines of an existing file
};
/// Writes one line per epoch: its number, then the logs in order of name. Throws FormatError during fit when the file
/// cannot be written. Source: keras.callbacks.CSVLogger.
Callback CSVLogger(CSVLoggerConfig config);

/// Settings of ReduceLROnPlateau, with Keras 3's names and defaults.
struct ReduceLROnPlateauConfig {
  std::string monitor = "val_loss";  ///< the name of the number in the logs that should improve
  double factor = 0.1;               ///< the rate is multiplied by it; in (0, 1)
  int64_t patience = 10;             ///< epochs without improvement before that
  std::string mode = "auto";  ///< "min", "max", or "auto": max for accuracies, AUC and cosine_similarity, else min
  double min_delta = 1e-4;    ///< a smaller change is no improvement
  int64_t cooldown = 0;       ///< epochs after a reduction that do not count
  double min_lr = 0;          ///< the rate does not fall below it
};
/// Multiplies the learning rate when there is no improvement, and adds "learning_rate" to the logs.
/// Throws ConfigError for a factor outside (0, 1) or an unknown mode; during fit, DataError for a name that is not in
/// the logs, ConfigError when a schedule sets the rate. Source: keras.callbacks.ReduceLROnPlateau.
Callback ReduceLROnPlateau(ReduceLROnPlateauConfig config = {});

/// Sets the learning rate when an epoch begins, to schedule(epoch, rate so far), and adds "learning_rate" to the logs.
/// Throws ConfigError during fit for a negative rate, or when a schedule of the optimizer sets the rate.
/// Source: keras.callbacks.LearningRateScheduler.
Callback LearningRateScheduler(std::function<double(int64_t epoch, double rate)> schedule);

/// A function for each method of CallbackImpl; those left empty do nothing.
struct LambdaCallbackConfig {
  std::function<void(FitProgress&)> on_train_begin = {}, on_train_end = {};
  std::function<void(FitProgress&, int64_t epoch)> on_epoch_begin = {};
  std::function<void(FitProgress&, int64_t epoch, Logs& logs)> on_epoch_end = {};
  std::function<void(FitProgress&, int64_t batch)> on_batch_begin = {};
  std::function<void(FitProgress&, int64_t batch, const Logs& logs)> on_batch_end = {};
};
/// A callback made of functions. Source: keras.callbacks.LambdaCallback.
Callback LambdaCallback(LambdaCallbackConfig config);

/// Ends fit once the loss is not finite, and the epoch with it. Source: keras.callbacks.TerminateOnNaN.
Callback TerminateOnNaN();

}  // namespace graft
