#include "graft/models/training/callback.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iomanip>
#include <map>

#include "graft/models/training/optimizer.h"
#include "graft/models/training/watch.h"

namespace graft {

namespace {

class TerminateOnNaNImpl final : public CallbackImpl {
 public:
  void on_batch_end(FitProgress& fit, int64_t batch, const Logs& logs) override {
    if (std::isfinite(logs["loss"]) || fit.stop) return;
    fit.stop = true;
    fit.stopped_by = cat("Stopped: the loss is not a finite number since batch ", batch);
  }
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
    file_ << std::endl;  // flushes, so that a training that is killed leaves its epochs in the file
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
    check_setting("ReduceLROnPlateau", config_.factor > 0 && config_.factor < 1,
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

Callback TerminateOnNaN() { return {std::make_shared<TerminateOnNaNImpl>()}; }

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
