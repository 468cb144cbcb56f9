#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "graft/core/error.h"

namespace graft {

/// A learning rate that depends on the step, which counts from 0. Source: keras.optimizers.schedules.
class Schedule {
 public:
  Schedule(std::string name, std::function<double(int64_t step)> rate)
      : name_(std::move(name)), rate_(std::move(rate)) {}
  double operator()(int64_t step) const { return rate_(step); }
  const std::string& name() const& { return name_; }
  std::string name() && { return std::move(name_); }

 private:
  std::string name_;
  std::function<double(int64_t)> rate_;
};

/// Settings of ExponentialDecay.
struct ExponentialDecayConfig {
  double initial_learning_rate = 0.01;
  int64_t decay_steps = 1000;
  double decay_rate = 0.96;
  bool staircase = false;
};
/// initial decay_rate^(step / decay_steps); a staircase takes whole powers. Throws ConfigError for decay_steps below 1.
Schedule ExponentialDecay(ExponentialDecayConfig config);

/// Settings of PiecewiseConstantDecay.
struct PiecewiseConstantDecayConfig {
  std::vector<int64_t> boundaries;
  std::vector<double> values;
};
/// values[i] up to and including step boundaries[i], then the last. Throws ConfigError unless the boundaries rise and
/// there is one more value.
Schedule PiecewiseConstantDecay(PiecewiseConstantDecayConfig config);

/// Settings of PolynomialDecay.
struct PolynomialDecayConfig {
  double initial_learning_rate = 0.01;
  int64_t decay_steps = 1000;
  double end_learning_rate = 0.0001;
  double power = 1;
  bool cycle = false;
};
/// (initial - end) (1 - step / decay_steps)^power + end, and from decay_steps on end. With cycle, decay_steps is
/// multiplied by the least whole number that makes it reach the step. Throws ConfigError for decay_steps below 1.
Schedule PolynomialDecay(PolynomialDecayConfig config);

/// Settings of CosineDecay.
struct CosineDecayConfig {
  double initial_learning_rate = 0.01;
  int64_t decay_steps = 1000;
  double alpha = 0;           ///< the final rate, as a part of initial (of warmup_target, with warmup)
  double warmup_target = -1;  ///< below 0: no warmup; else the rate first rises to it linearly over warmup_steps
  int64_t warmup_steps = 0;
};
/// initial ((1 - alpha) (1 + cos(pi step / decay_steps)) / 2 + alpha), constant from decay_steps on. With warmup, the
/// decay begins at warmup_target after warmup_steps. Throws ConfigError for decay_steps below 1.
Schedule CosineDecay(CosineDecayConfig config);

/// Settings of InverseTimeDecay.
struct InverseTimeDecayConfig {
  double initial_learning_rate = 0.01;
  int64_t decay_steps = 1000;
  double decay_rate = 0.5;
  bool staircase = false;
};
/// initial / (1 + decay_rate step / decay_steps); a staircase takes whole parts. Throws ConfigError for decay_steps
/// below 1.
Schedule InverseTimeDecay(InverseTimeDecayConfig config);

/// A constant number, or a schedule.
class LearningRate {
 public:
  LearningRate(double rate) : rate_(rate) {}
  LearningRate(Schedule schedule) : schedule_(std::make_shared<Schedule>(std::move(schedule))) {}
  double operator()(int64_t step) const { return schedule_ ? (*schedule_)(step) : rate_; }
  bool constant() const { return !schedule_; }

 private:
  double rate_ = 0;
  std::shared_ptr<const Schedule> schedule_;
};

}  // namespace graft
