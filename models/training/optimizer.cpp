#include "graft/models/training/optimizer.h"

#include <cmath>
#include <map>

#include "graft/models/training/optimizer_state.h"

namespace graft {

[[noreturn]] static void refuse(const std::string& optimizer, const std::string& rule) {
  throw ConfigError(rule).who(cat("optimizer \"", optimizer, '"'));
}

Optimizer::Optimizer(const std::string& name) {
  static const std::map<std::string, Optimizer (*)()> known{
      {"sgd", [] { return SGD(); }},           {"rmsprop", [] { return RMSprop(); }},
      {"adam", [] { return Adam(); }},         {"adamw", [] { return AdamW(); }},
      {"adamax", [] { return Adamax(); }},     {"adagrad", [] { return Adagrad(); }},
      {"adadelta", [] { return Adadelta(); }}, {"lion", [] { return Lion(); }},
  };
  std::string lower, names;
  for (const char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto found = known.find(lower);
  if (found != known.end()) {
    state_ = found->second().state_;
    return;
  }
  for (const auto& entry : known) names += cat(names.empty() ? "" : ", ", entry.first);
  throw ConfigError(cat("there is no optimizer \"", name, "\"; known are ", names));
}

const std::string& Optimizer::name() const& { return state_->name; }

double Optimizer::learning_rate() const { return state_->learning_rate(state_->iterations); }

void Optimizer::set_learning_rate(double rate) const {
  if (!(rate >= 0) || !std::isfinite(rate)) refuse(name(), cat("learning_rate must be 0 or more; received ", rate));
  if (!state_->learning_rate.constant()) refuse(name(), "a schedule sets the learning rate");
  state_->learning_rate = LearningRate(rate);
}

int64_t Optimizer::iterations() const { return state_->iterations; }

std::vector<std::pair<std::string, Variable>> Optimizer::slots(const Variable& variable) const {
  std::vector<std::pair<std::string, Variable>> named;
  const auto found = state_->slots.find(variable.shared_state());
  if (found == state_->slots.end()) return named;
  for (size_t i = 0; i < found->second.size(); ++i) named.emplace_back(state_->slot_names[i], found->second[i]);
  return named;
}

// -- settings ---------------------------------------------------------------------------------------------------------

static void check_positive(const std::string& optimizer, const char* setting, std::optional<double> value) {
  if (value && !(*value > 0)) refuse(optimizer, cat(setting, " must be above 0; received ", *value));
}

// The value must be in [0, 1): an average with 1 would keep its first value forever.
static void check_part(const std::string& optimizer, const char* setting, double value) {
  if (!(value >= 0 && value < 1)) refuse(optimizer, cat(setting, " must be in [0, 1); received ", value));
}

// The settings that all optimizers have: the rate, decay and clipping.
template <class Config>
static std::shared_ptr<OptimizerState> common(const std::string& name, const Config& config,
                                              std::optional<double> weight_decay) {
  if (config.learning_rate.constant() && !(config.learning_rate(0) >= 0))
    refuse(name, cat("learning_rate must be 0 or more; received ", config.learning_rate(0)));
  if (weight_decay && !(*weight_decay >= 0))
    refuse(name, cat("weight_decay must be 0 or more; received ", *weight_decay));
  check_positive(name, "clipnorm", config.clipnorm);
  check_positive(name, "clipvalue", config.clipvalue);
  check_positive(name, "global_clipnorm", config.global_clipnorm);
  if (config.clipnorm.has_value() + config.clipvalue.has_value() + config.global_clipnorm.has_value() > 1)
    refuse(name, "only one of clipnorm, clipvalue and global_clipnorm may be set");
  auto state = std::make_shared<OptimizerState>();
  state->name = name;
  state->learning_rate = config.learning_rate;
  state->weight_decay = weight_decay.value_or(0);
  state->clipping = {config.clipnorm, config.clipvalue, config.global_clipnorm};
  return state;
}

static void set(OptimizerState& state, std::initializer_list<double> settings) {
  for (const double setting : settings) state.settings.push_back(static_cast<float>(setting));
}

Optimizer SGD(SGDConfig config) {
  auto state = common("sgd", config, config.weight_decay);
  check_part("sgd", "momentum", config.momentum);
  if (config.nesterov && config.momentum == 0) refuse("sgd", "nesterov needs a momentum above 0");
  state->rule = config.momentum == 0 ? "sgd" : config.nesterov ? "nesterov" : "momentum";
  if (config.momentum != 0) {
    state->slot_names = {"momentum"};
    set(*state, {config.momentum});
  }
  return Optimizer(state);
}

Optimizer RMSprop(RMSpropConfig config) {
  auto state = common("rmsprop", config, config.weight_decay);
  check_part("rmsprop", "rho", config.rho);
  check_part("rmsprop", "momentum", config.momentum);
  check_positive("rmsprop", "epsilon", config.epsilon);
  state->rule = "rmsprop";
  state->slot_names = {"velocity"};
  if (config.momentum != 0) state->slot_names.push_back("momentum");
  if (config.centered) state->slot_names.push_back("average_gradient");
  set(*state, {config.rho, config.momentum, config.epsilon});
  return Optimizer(state);
}

template <class Config>
static Optimizer adam(const std::string& name, const Config& config, std::optional<double> weight_decay) {
  auto state = common(name, config, weight_decay);
  check_part(name, "beta_1", config.beta_1);
  check_part(name, "beta_2", config.beta_2);
  check_positive(name, "epsilon", config.epsilon);
  state->rule = "adam";
  state->slot_names = {"momentum", "velocity"};
  if (config.amsgrad) state->slot_names.push_back("velocity_hat");
  set(*state, {config.beta_1, config.beta_2, config.epsilon});
  state->step_size = [beta_1 = config.beta_1, beta_2 = config.beta_2](double rate, int64_t step) {
    const auto t = static_cast<double>(step);
    return rate * std::sqrt(1 - std::pow(beta_2, t)) / (1 - std::pow(beta_1, t));
  };
  return Optimizer(state);
}

Optimizer Adam(AdamConfig config) { return adam("adam", config, config.weight_decay); }

Optimizer AdamW(AdamWConfig config) { return adam("adamw", config, config.weight_decay); }

Optimizer Adamax(AdamaxConfig config) {
  auto state = common("adamax", config, config.weight_decay);
  check_part("adamax", "beta_1", config.beta_1);
  check_part("adamax", "beta_2", config.beta_2);
  check_positive("adamax", "epsilon", config.epsilon);
  state->rule = "adamax";
  state->slot_names = {"momentum", "norm"};
  set(*state, {config.beta_1, config.beta_2, config.epsilon});
  state->step_size = [beta_1 = config.beta_1](double rate, int64_t step) {
    return rate / (1 - std::pow(beta_1, static_cast<double>(step)));
  };
  return Optimizer(state);
}

Optimizer Adagrad(AdagradConfig config) {
  auto state = common("adagrad", config, config.weight_decay);
  check_positive("adagrad", "epsilon", config.epsilon);
  if (!(config.initial_accumulator_value >= 0))
    refuse("adagrad", cat("initial_accumulator_value must be 0 or more; received ", config.initial_accumulator_value));
  state->rule = "adagrad";
  state->slot_names = {"accumulator"};
  state->slot_value = static_cast<float>(config.initial_accumulator_value);
  set(*state, {config.epsilon});
  return Optimizer(state);
}

Optimizer Adadelta(AdadeltaConfig config) {
  auto state = common("adadelta", config, config.weight_decay);
  check_part("adadelta", "rho", config.rho);
  check_positive("adadelta", "epsilon", config.epsilon);
  state->rule = "adadelta";
  state->slot_names = {"accumulated_gradient", "accumulated_delta"};
  set(*state, {config.rho, config.epsilon});
  return Optimizer(state);
}

Optimizer Lion(LionConfig config) {
  auto state = common("lion", config, config.weight_decay);
  check_part("lion", "beta_1", config.beta_1);
  check_part("lion", "beta_2", config.beta_2);
  state->rule = "lion";
  state->slot_names = {"momentum"};
  set(*state, {config.beta_1, config.beta_2});
  return Optimizer(state);
}

}  // namespace graft
