#include "graft/models/loop/early_stopping.h"

#include <vector>

#include "graft/models/model/model.h"
#include "graft/models/training/watch.h"

namespace graft {

namespace {

class EarlyStoppingImpl final : public CallbackImpl {
 public:
  explicit EarlyStoppingImpl(EarlyStoppingConfig config)
      : config_(std::move(config)), watch_("EarlyStopping", config_.monitor, config_.mode, config_.min_delta) {
    check_setting("EarlyStopping", config_.patience >= 0,
                  cat("patience must be 0 or more; received ", config_.patience));
  }

  void on_train_begin(FitProgress&) override {
    watch_.reset();
    waited_ = 0;
    best_weights_.clear();
  }

  void on_epoch_end(FitProgress& fit, int64_t epoch, Logs& logs) override {
    if (epoch < config_.start_from_epoch) return;
    const double value = watch_.value(logs);
    const bool better = watch_.better(value);
    if (config_.restore_best_weights && (better || best_weights_.empty())) remember(fit, epoch);
    ++waited_;
    if (better) {
      watch_.set_best(value);
      if (!config_.baseline || watch_.better(value, *config_.baseline)) waited_ = 0;
    } else if (waited_ >= config_.patience && epoch > 0) {
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

}  // namespace

Callback EarlyStopping(EarlyStoppingConfig config) { return {std::make_shared<EarlyStoppingImpl>(std::move(config))}; }

}  // namespace graft
