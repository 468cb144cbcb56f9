#include "graft/models/training/callback.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <limits>
#include <map>

#include "graft/models/model/model.h"

namespace graft {

namespace {

/// Whether a watched number gets better, in the direction that its name or the user says.
class Watch {
 public:
  Watch(const char* callback, std::string name, const std::string& mode, double min_delta)
      : callback_(callback), name_(std::move(name)), up_(goes_up(mode)), min_delta_(std::abs(min_delta)) {}

  void reset() { best_ = up_ ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity(); }
  void set_best(double value) { best_ = value; }
  double best() const { return best_; }
  const std::string& name() const { return name_; }

  double value(const Logs& logs) const {
    try {
      return logs[name_];
    } catch (Error& error) {
      error.who(callback_);
      if (name_.starts_with("val_")) error.hint("fit makes val_ values of validation_data or validation_split.");
      throw;
    }
  }
  bool better(double value) const { return up_ ? value > best_ + min_delta_ : value < best_ - min_delta_; }

 private:
  bool goes_up(const std::string& mode) const {
    if (mode == "max") return true;
    if (mode == "min") return false;
    if (mode == "auto") return name_.find("acc") != std::string::npos || name_.find("auc") != std::string::npos;
    ConfigError error(cat("mode must be \"auto\", \"min\" or \"max\"; received \"", mode, '"'));
    error.who(callback_);
    throw error;
  }

  const char* callback_;
  std::string name_;
  bool up_;
  double min_delta_, best_ = 0;
};

void check(const char* callback, bool fine, const std::string& rule) {
  if (fine) return;
  ConfigError error(rule);
  error.who(callback);
  throw error;
}

// -- stopping ---------------------------------------------------------------------------------------------------------

class EarlyStoppingImpl final : public CallbackImpl {
 public:
  explicit EarlyStoppingImpl(EarlyStoppingConfig config)
      : config_(std::move(config)), watch_("EarlyStopping", config_.monitor, config_.mode, config_.min_delta) {
    check("EarlyStopping", config_.patience >= 0, cat("patience must be 0 or more; received ", config_.patience));
  }

  void on_train_begin(FitProgress&) override {
    watch_.reset();
    if (config_.baseline) watch_.set_best(*config_.baseline);
    waited_ = 0;
    best_weights_.clear();
  }

  void on_epoch_end(FitProgress& fit, int64_t epoch, Logs& logs) override {
    if (epoch < config_.start_from_epoch) return;
    const double value = watch_.value(logs);
    const bool better = watch_.better(value);
    if (config_.restore_best_weights && (better || best_weights_.empty())) remember(fit, epoch);
    if (better) {
      watch_.set_best(value);
      waited_ = 0;
    } else if (++waited_ >= config_.patience && epoch > 0) {
      fit.stop = true;
      fit.stopped_by =
          cat("Stopped after epoch ", epoch + 1, ": no better ", watch_.name(), " for ", waited_, " epochs",
              config_.restore_best_weights ? cat("; weights of epoch ", best_epoch_ + 1, " restored") : "");
    }
  }

  void on_train_end(FitProgress& fit) override {
    if (!best_weights_.empty()) fit.model.set_weights(best_weights_);
  }

 private:
  void remember(const FitProgress& fit, int64_t epoch) {
    best_weights_ = fit.model.get_weights();
    best_epoch_ = epoch;
  }

  EarlyStoppingConfig config_;
  Watch watch_;
  int64_t waited_ = 0, best_epoch_ = 0;
  std::vector<Tensor> best_weights_;
};

class TerminateOnNaNImpl final : public CallbackImpl {
 public:
  void on_batch_end(FitProgress& fit, int64_t batch, const Logs& logs) override {
    if (std::isfinite(logs["loss"]) || fit.stop) return;
    fit.stop = true;
    fit.stopped_by = cat("Stopped: the loss is not a finite number since batch ", batch);
  }
};

// -- saving -----------------------------------------------------------------------------------------------------------

// "{epoch}" and the names of the logs in braces, as "{epoch:02d}" and "{val_loss:.2f}" are too.
std::string filled_in(const std::string& pattern, int64_t epoch, const Logs& logs) {
  std::string text;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const size_t close = pattern[i] == '{' ? pattern.find('}', i) : std::string::npos;
    if (close == std::string::npos) {
      text += pattern[i];
      continue;
    }
    const std::string field = pattern.substr(i + 1, close - i - 1), name = field.substr(0, field.find(':'));
    const std::string form = name.size() < field.size() ? field.substr(name.size() + 1) : "";
    std::ostringstream value;
    if (name == "epoch") {
      value << std::setfill('0') << std::setw(form.empty() ? 0 : std::atoi(form.c_str())) << epoch + 1;
    } else {
      if (form.starts_with('.')) value << std::fixed << std::setprecision(std::atoi(form.c_str() + 1));
      value << logs[name];
    }
    text += value.str();
    i = close;
  }
  return text;
}

class ModelCheckpointImpl final : public CallbackImpl {
 public:
  explicit ModelCheckpointImpl(ModelCheckpointConfig config)
      : config_(std::move(config)), watch_("ModelCheckpoint", config_.monitor, config_.mode, 0) {
    check("ModelCheckpoint", !config_.path.empty(), "path must not be empty");
  }

  void on_train_begin(FitProgress&) override {
    if (!begun_) watch_.reset();  // a second fit goes on from the best of the first
    begun_ = true;
  }

  void on_epoch_end(FitProgress& fit, int64_t epoch, Logs& logs) override {
    if (config_.save_best_only) {
      const double value = watch_.value(logs);
      if (!watch_.better(value)) return;
      watch_.set_best(value);
    }
    const std::filesystem::path path = filled_in(config_.path.string(), epoch, logs);
    if (config_.save_weights_only)
      fit.model.save_weights(path);
    else
      fit.model.save(path);
  }

 private:
  ModelCheckpointConfig config_;
  Watch watch_;
  bool begun_ = false;
};

class CSVLoggerImpl final : public CallbackImpl {
 public:
  explicit CSVLoggerImpl(CSVLoggerConfig config) : config_(std::move(config)) {}

  void on_train_begin(FitProgress&) override {
    const bool more =
        config_.append && std::filesystem::exists(config_.path) && std::filesystem::file_size(config_.path) > 0;
    file_.open(config_.path, config_.append ? std::ios::app : std::ios::trunc);
    headed_ = more;
    check_written();
  }

  void on_epoch_end(FitProgress&, int64_t epoch, Logs& logs) override {
    const std::map<std::string, float> sorted(logs.begin(), logs.end());
    if (!headed_) {
      file_ << "epoch";
      for (const auto& entry : sorted) file_ << config_.separator << entry.first;
      file_ << '\n';
      headed_ = true;
    }
    file_ << epoch << std::setprecision(9);
    for (const auto& entry : sorted) file_ << config_.separator << entry.second;
    file_ << std::endl;  // flushed, so that a training that is killed leaves what it went through
    check_written();
  }

  void on_train_end(FitProgress&) override { file_.close(); }

 private:
  void check_written() const {
    if (!file_) throw FormatError(config_.path.string(), "cannot be written");
  }

  CSVLoggerConfig config_;
  std::ofstream file_;
  bool headed_ = false;
};

// -- the learning rate ------------------------------------------------------------------------------------------------

void log_rate(Logs& logs, const Optimizer& optimizer) {
  logs.set("learning_rate", static_cast<float>(optimizer.learning_rate()));
}

class ReduceLROnPlateauImpl final : public CallbackImpl {
 public:
  explicit ReduceLROnPlateauImpl(ReduceLROnPlateauConfig config)
      : config_(std::move(config)), watch_("ReduceLROnPlateau", config_.monitor, config_.mode, config_.min_delta) {
    check("ReduceLROnPlateau", config_.factor > 0 && config_.factor < 1,
          cat("factor must be between 0 and 1; received ", config_.factor));
  }

  void on_train_begin(FitProgress&) override {
    watch_.reset();
    waited_ = cooling_ = 0;
  }

  void on_epoch_end(FitProgress& fit, int64_t, Logs& logs) override {
    const double value = watch_.value(logs);
    log_rate(logs, fit.optimizer);
    if (cooling_ > 0) {
      --cooling_;
      waited_ = 0;
    }
    if (watch_.better(value)) {
      watch_.set_best(value);
      waited_ = 0;
    } else if (cooling_ == 0 && ++waited_ >= config_.patience) {
      reduce(fit.optimizer);
    }
  }

 private:
  void reduce(const Optimizer& optimizer) {
    const double rate = optimizer.learning_rate();
    if (rate <= config_.min_lr) return;
    optimizer.set_learning_rate(std::max(rate * config_.factor, config_.min_lr));
    cooling_ = config_.cooldown;
    waited_ = 0;
  }

  ReduceLROnPlateauConfig config_;
  Watch watch_;
  int64_t waited_ = 0, cooling_ = 0;
};

class LearningRateSchedulerImpl final : public CallbackImpl {
 public:
  explicit LearningRateSchedulerImpl(std::function<double(int64_t, double)> schedule)
      : schedule_(std::move(schedule)) {}

  void on_epoch_begin(FitProgress& fit, int64_t epoch) override {
    fit.optimizer.set_learning_rate(schedule_(epoch, fit.optimizer.learning_rate()));
  }
  void on_epoch_end(FitProgress& fit, int64_t, Logs& logs) override { log_rate(logs, fit.optimizer); }

 private:
  std::function<double(int64_t, double)> schedule_;
};

class LambdaCallbackImpl final : public CallbackImpl {
 public:
  explicit LambdaCallbackImpl(LambdaCallbackConfig config) : config_(std::move(config)) {}

  void on_train_begin(FitProgress& fit) override { run(config_.on_train_begin, fit); }
  void on_train_end(FitProgress& fit) override { run(config_.on_train_end, fit); }
  void on_epoch_begin(FitProgress& fit, int64_t epoch) override { run(config_.on_epoch_begin, fit, epoch); }
  void on_epoch_end(FitProgress& fit, int64_t epoch, Logs& logs) override {
    run(config_.on_epoch_end, fit, epoch, logs);
  }
  void on_batch_begin(FitProgress& fit, int64_t batch) override { run(config_.on_batch_begin, fit, batch); }
  void on_batch_end(FitProgress& fit, int64_t batch, const Logs& logs) override {
    run(config_.on_batch_end, fit, batch, logs);
  }

 private:
  template <class F, class... Args>
  static void run(const F& function, Args&... arguments) {
    if (function) function(arguments...);
  }
  LambdaCallbackConfig config_;
};

}  // namespace

Callback EarlyStopping(EarlyStoppingConfig config) { return {std::make_shared<EarlyStoppingImpl>(std::move(config))}; }

Callback TerminateOnNaN() { return {std::make_shared<TerminateOnNaNImpl>()}; }

Callback ModelCheckpoint(ModelCheckpointConfig config) {
  return {std::make_shared<ModelCheckpointImpl>(std::move(config))};
}

Callback CSVLogger(CSVLoggerConfig config) { return {std::make_shared<CSVLoggerImpl>(std::move(config))}; }

Callback ReduceLROnPlateau(ReduceLROnPlateauConfig config) {
  return {std::make_shared<ReduceLROnPlateauImpl>(std::move(config))};
}

Callback LearningRateScheduler(std::function<double(int64_t, double)> schedule) {
  return {std::make_shared<LearningRateSchedulerImpl>(std::move(schedule))};
}

Callback LambdaCallback(LambdaCallbackConfig config) {
  return {std::make_shared<LambdaCallbackImpl>(std::move(config))};
}

}  // namespace graft
