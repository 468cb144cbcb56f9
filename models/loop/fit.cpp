#include <cmath>
#include <iostream>
#include <numeric>

#include "graft/core/random.h"
#include "graft/models/loop/epoch.h"
#include "graft/models/model/model_impl.h"
#include "graft/models/step/feed.h"
#include "graft/models/training/class_weight.h"
#include "graft/models/training/progress.h"

namespace graft {

// -- the rows --------------------------------------------------------------------------------------------------------

namespace {

struct FitData {
  StepData train;
  std::optional<StepData> validation;
};

void check_config(const FitConfig& config) {
  check_at_least("batch_size", config.batch_size, 1);
  check_at_least("epochs", config.epochs, 0);
  check_at_least("initial_epoch", config.initial_epoch, 0);
  check_at_least("validation_freq", config.validation_freq, 1);
  if (config.validation_batch_size) check_at_least("validation_batch_size", *config.validation_batch_size, 1);
  if (!(config.validation_split >= 0 && config.validation_split < 1))
    throw ConfigError(cat("validation_split must be in [0, 1); received ", config.validation_split));
  if (!config.class_weight.empty() && !config.sample_weight.empty())
    throw ConfigError("only one of class_weight and sample_weight may be set");
}

// The number of the first row for validation. The last rows are split off before any shuffling.
int64_t split_row(int64_t rows, double part) {
  const auto row = static_cast<int64_t>(std::floor(static_cast<double>(rows) * (1 - part)));
  if (row > 0 && row < rows) return row;
  throw ConfigError(
      cat("validation_split ", part, " of ", rows, " rows leaves no rows for ", row == 0 ? "training" : "validation"));
}

void check_rows(const TensorList& tensors, const char* what, int64_t rows) {
  if (tensors.empty() || count_rows(tensors, what) == rows) return;
  throw DataError(cat(what, " has ", count_rows(tensors, what), " rows, but x has ", rows));
}

FitData prepare_data(FitPlan& plan, const TensorList& x, const TensorList& y, const FitConfig& config) {
  const TensorList& weights = config.sample_weight;
  // Classes weigh the rows of training alone.
  const auto training = [&](const TensorList& own_y, const TensorList& own) {
    return config.class_weight.empty() ? own : TensorList(weights_of_classes(own_y, config.class_weight));
  };
  const ValidationData& given = config.validation_data;
  FitData data;
  if (given.x.empty() && config.validation_split > 0) {
    const int64_t rows = count_rows(x, "x"), split = split_row(rows, config.validation_split);
    check_rows(y, "y", rows);
    check_rows(weights, "sample_weight", rows);
    const TensorList own_y = rows_of(y, 0, split);
    data.train = plan.prepare(rows_of(x, 0, split), own_y, training(own_y, rows_of(weights, 0, split)));
    data.validation = plan.prepare(rows_of(x, split, rows), rows_of(y, split, rows), rows_of(weights, split, rows));
    return data;
  }
  data.train = plan.prepare(x, y, training(y, weights));
  if (!given.x.empty()) data.validation = plan.prepare(given.x, given.y, given.sample_weight);
  return data;
}

// -- the epochs -------------------------------------------------------------------------------------------------------

class Fit {
 public:
  Fit(const Model& model, FitData data, const FitConfig& config)
      : config_(config),
        data_(std::move(data)),
        steps_((data_.train.rows + config.batch_size - 1) / config.batch_size),
        progress_{.model = model, .optimizer = model.optimizer(), .epochs = config.epochs, .steps = steps_},
        bar_(std::cout, progress_style(config.verbose), config.epochs, steps_),
        order_(static_cast<size_t>(data_.train.rows)),
        random_(next_random_stream()) {
    std::iota(order_.begin(), order_.end(), 0);
  }

  History run() {
    History history;
    each([&](CallbackImpl& callback) { callback.on_train_begin(progress_); });
    for (int64_t epoch = config_.initial_epoch; epoch < config_.epochs && !progress_.stop; ++epoch) {
      const Logs logs = run_epoch(epoch);
      history.epoch.push_back(epoch);
      for (const auto& [name, value] : logs) history.history.at(name).push_back(value);
    }
    each([&](CallbackImpl& callback) { callback.on_train_end(progress_); });
    if (!progress_.stopped_by.empty()) bar_.say(progress_.stopped_by);
    return history;
  }

 private:
  Logs run_epoch(int64_t epoch) {
    each([&](CallbackImpl& callback) { callback.on_epoch_begin(progress_, epoch); });
    bar_.begin(epoch);
    if (config_.shuffle) random_.shuffle(order_);
    Logs logs = run_batches();
    if (data_.validation && (epoch + 1) % config_.validation_freq == 0) {
      const int64_t batch = config_.validation_batch_size.value_or(config_.batch_size);
      for (const auto& [name, value] : test_epoch(*data_.validation, batch)) logs.set(cat("val_", name), value);
    }
    each([&](CallbackImpl& callback) { callback.on_epoch_end(progress_, epoch, logs); });
    bar_.end(logs);
    return logs;
  }

  Logs run_batches() {
    EpochLogs means;
    for (int64_t step = 0; step < steps_ && !progress_.stop; ++step) {
      each([&](CallbackImpl& callback) { callback.on_batch_begin(progress_, step); });
      const auto begin = static_cast<size_t>(step * config_.batch_size);
      const size_t rows = std::min(static_cast<size_t>(config_.batch_size), order_.size() - begin);
      means.add(step_on_rows(data_.train, std::span(order_).subspan(begin, rows), StepMode::train),
                static_cast<int64_t>(rows));
      const Logs logs = means.mean();
      bar_.update(step + 1, logs);
      each([&](CallbackImpl& callback) { callback.on_batch_end(progress_, step, logs); });
    }
    return means.mean();
  }

  template <class Call>
  void each(const Call& call) {
    for (const Callback& callback : config_.callbacks) call(callback.impl());
  }

  const FitConfig& config_;
  FitData data_;
  int64_t steps_;
  FitProgress progress_;
  ProgressBar bar_;
  std::vector<int64_t> order_;
  Random random_;
};

}  // namespace

// compile() has fixed the variables that move; a user who changes flags later may expect them to have an effect.
static void warn_of_changed_flags(const Model& model, const FitPlan& plan) {
  if (model.trainable_variables() == plan.update()) return;
  std::cerr << "graft: warning: Model \"" << model.name() << "\": trainable flags have changed since compile(); "
            << "the " << plan.update().size() << " variables that were trainable then are trained, not the "
            << model.trainable_variables().size() << " that are trainable now; call compile() again to change that\n";
}

static void check_trainable(const FitPlan& plan) {
  if (!plan.update().empty()) return;
  throw ConfigError("no variable was trainable at compile(), so there is nothing to train")
      .hint("call model.set_trainable(true), then compile() again.");
}

template <class Call>
static auto with_name(const Model& model, const char* method, const Call& call) {
  try {
    return call();
  } catch (Error& error) {
    error.who(cat("Model \"", model.name(), "\" ", method));
    throw;
  }
}

History Model::fit(const TensorList& x, const TensorList& y, const FitConfig& config) const {
  return with_name(*this, "fit", [&] {
    FitPlan& plan = fit_plan_of(*this);
    check_config(config);
    check_trainable(plan);
    warn_of_changed_flags(*this, plan);
    return Fit(*this, prepare_data(plan, x, y, config), config).run();
  });
}

Logs Model::evaluate(const TensorList& x, const TensorList& y, const EvaluateConfig& config) const {
  return with_name(*this, "evaluate", [&] {
    check_at_least("batch_size", config.batch_size, 1);
    const StepData data = fit_plan_of(*this).prepare(x, y, config.sample_weight);
    ProgressBar bar(std::cout, progress_style(config.verbose), 0,
                    (data.rows + config.batch_size - 1) / config.batch_size);
    bar.begin(0);
    const Logs logs =
        test_epoch(data, config.batch_size, [&](int64_t step, const Logs& so_far) { bar.update(step + 1, so_far); });
    bar.end(logs);
    return logs;
  });
}

static Logs run_batch(const Model& model, const TensorList& x, const TensorList& y, const TensorList& weights,
                      StepMode mode) {
  const StepData data = fit_plan_of(model).prepare(x, y, weights);
  std::vector<int64_t> rows(static_cast<size_t>(data.rows));
  std::iota(rows.begin(), rows.end(), 0);
  return step_on_rows(data, rows, mode).logs;
}

Logs Model::train_on_batch(const TensorList& x, const TensorList& y, const TensorList& sample_weight) const {
  return with_name(*this, "train_on_batch", [&] {
    check_trainable(fit_plan_of(*this));
    return run_batch(*this, x, y, sample_weight, StepMode::train);
  });
}

Logs Model::test_on_batch(const TensorList& x, const TensorList& y, const TensorList& sample_weight) const {
  return with_name(*this, "test_on_batch", [&] { return run_batch(*this, x, y, sample_weight, StepMode::test); });
}

}  // namespace graft
