#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graft/models/training/schedule.h"
#include "graft/ops/program/variable.h"

namespace graft {

struct OptimizerState;

/// How variables move along their gradients. A handle: copies share the learning rate, the number of steps taken and
/// the slots (momentum, ...), which are made at a variable's first step and kept as long as the handle. Two trainers
/// that should not share them take two optimizers.
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
  /// Takes effect at the next step, without compiling anew. Throws ConfigError when a schedule sets the rate.
  void set_learning_rate(double rate) const;
  int64_t iterations() const;  ///< steps taken
  /// The slots of a variable, as Keras names them ("momentum", "velocity"); none before its first step.
  std::vector<std::pair<std::string, Variable>> slots(const Variable& variable) const;

  OptimizerState& state() const& { return *state_; }
  OptimizerState& state() const&& = delete;

 private:
  std::shared_ptr<OptimizerState> state_;
};

// Settings, defaults and arithmetic are Keras 3's. Clipping: clipvalue limits each element of a gradient, clipnorm the
// norm of each gradient, global_clipnorm that of all together.

struct SGDConfig {
  LearningRate learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// w -= lr g; with momentum m: v = m v - lr g, w += v (nesterov: w += m v - lr g).
Optimizer SGD(SGDConfig config = {});

struct RMSpropConfig {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0;
  double epsilon = 1e-7;
  bool centered = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// v = rho v + (1 - rho) g^2, w -= lr g / sqrt(v + epsilon); centered takes the mean gradient's square from v.
Optimizer RMSprop(RMSpropConfig config = {});

struct AdamConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// w -= lr sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)
Optimizer Adam(AdamConfig config = {});

struct AdamWConfig {
  LearningRate learning_rate = 0.001;
  double weight_decay = 0.004;
  double beta_1 = 0.9, beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// Adam, with w -= lr weight_decay w before.
Optimizer AdamW(AdamWConfig config = {});

struct AdamaxConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.999;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// Adam with the largest gradient, fading, in the place of sqrt(v).
Optimizer Adamax(AdamaxConfig config = {});

struct AdagradConfig {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// a += g^2, w -= lr g / sqrt(a + epsilon)
Optimizer Adagrad(AdagradConfig config = {});

struct AdadeltaConfig {
  LearningRate learning_rate = 0.001;
  double rho = 0.95;
  double epsilon = 1e-7;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
Optimizer Adadelta(AdadeltaConfig config = {});

struct LionConfig {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9, beta_2 = 0.99;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {}, clipvalue = {}, global_clipnorm = {};
};
/// w -= lr sign(beta_1 m + (1 - beta_1) g)
Optimizer Lion(LionConfig config = {});

}  // namespace graft
