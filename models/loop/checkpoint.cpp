#include "graft/models/loop/checkpoint.h"

#include <iomanip>
#include <sstream>

#include "graft/models/model/model.h"
#include "graft/models/training/watch.h"

namespace graft {

namespace {

// Replaces "{epoch}", "{epoch:02d}", "{val_loss}" and "{val_loss:.2f}" by the values.
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
    check_setting("ModelCheckpoint", !config_.path.empty(), "path must not be empty");
  }

  void on_train_begin(FitProgress&) override {
    if (!begun_) watch_.reset();  // a second fit continues from the best of the first
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

}  // namespace

Callback ModelCheckpoint(ModelCheckpointConfig config) {
  return {std::make_shared<ModelCheckpointImpl>(std::move(config))};
}

}  // namespace graft
