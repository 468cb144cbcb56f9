#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graft/models/training/schedule.h"
#include "graft/ops/program/variable.h"

namespace graft {

struct OptimizerState;

/// The rule by which variables move along their gradients. It is a handle: copies share the learning rate, the number
/// of steps taken and the slots (momentum, ...). Slots are made at a variable's first step and kept as long as the
/// handle. Two trainers that should not share them take two optimizers. Source: keras.optimizers.
///
/// Throws ConfigError for settings out of range, and for more than one of clipnorm, clipvalue, global_clipnorm.
class Optimizer {
 public:
  /// By Keras's name, with its defaults: "sgd", "rmsprop", "adam", "adamw", "adamax", "adagrad", "adadelta", "lion".
  /// Throws ConfigError listing the names.
  Optimizer(const char* name) : Optimizer(std::string(name)) {}
  Optimizer(const std::string& name);
  explicit Optimizer(std::shared_ptr<OptimizerState> state) : state_(std::move(state)) {}

  const std::string& name() const&;
  std::string name() && { return std::as_const(*this).name(); }
  double learning_rate() const;  ///< of the next step
  /// Takes effect at the next step without a new compile. Throws ConfigError for a negative rate, and when a schedule
  /// sets the rate.
  void set_learning_rate(double rate) const;
  int64_t iterations() const;  ///< steps taken
  /// The slots of a variable, as Keras names them ("momentum", "velocity"); none before its first step.
  std::vector<std::pair<std::string, Variable>> slots(const Variable& variable) const;

  OptimizerState& state() const& { return *state_; }
  OptimizerState& state() const&& = delete;

 private:
  std::shared_ptr<OptimizerState> state_;
};

// Settings, defaults and arithmetic are Keras 3's. In the formulas, w is a variable, g its gradient, lr the learning
// rate and t the number of the step, from 1. weight_decay: before the step, w -= lr weight_decay w. Clipping: clipvalue
// limits each element of a gradient, clipnorm the norm of each gradient, global_clipnorm that of all gradients
// together.

/// Settings of SGD.
struct SGDConfig {
  LearningRate learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// w -= lr g; with momentum m: v = m v - lr g, w += v (nesterov: w += m v - lr g).
Optimizer SGD(SGDConfig config = {});

/// Settings of RMSprop.
struct RMSpropConfig {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0;
  double epsilon = 1e-7;
  bool centered = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// v = rho v + (1 - rho) g^2, w -= lr g / sqrt(v + epsilon); centered subtracts the square of the mean gradient from v.
Optimizer RMSprop(RMSpropConfig config = {});

/// Settings of Adam.
struct AdamConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// m = beta_1 m + (1 - beta_1) g, v = beta_2 v + (1 - beta_2) g^2,
/// w -= lr sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon); amsgrad takes the largest v so far.
Optimizer Adam(AdamConfig config = {});

/// Settings of AdamW.
struct AdamWConfig {
  LearningRate learning_rate = 0.001;
  double weight_decay = 0.004;
  double beta_1 = 0.9, beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// Adam after w -= lr weight_decay w.
Optimizer AdamW(AdamWConfig config = {});

/// Settings of Adamax.
struct AdamaxConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// m as Adam's, u = max(beta_2 u, |g|), w -= lr / (1 - beta_1^t) m / (u + epsilon).
Optimizer Adamax(AdamaxConfig config = {});

/// Settings of Adagrad.
struct AdagradConfig {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// a += g^2, w -= lr g / sqrt(a + epsilon)
Optimizer Adagrad(AdagradConfig config = {});

/// Settings of Adadelta.
struct AdadeltaConfig {
  LearningRate learning_rate = 0.001;
  double rho = 0.95;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// a = rho a + (1 - rho) g^2, d = g sqrt(s + epsilon) / sqrt(a + epsilon), s = rho s + (1 - rho) d^2, w -= lr d.
Optimizer Adadelta(AdadeltaConfig config = {});

/// Settings of Lion.
struct LionConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.99;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// w -= lr sign(beta_1 m + (1 - beta_1) g), then m = beta_2 m + (1 - beta_2) g.
Optimizer Lion(LionConfig config = {});

}  // namespace graft
