#include "graft/models/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace graft {

static void check_steps(const char* schedule, const char* setting, int64_t steps) {
  if (steps >= 1) return;
  throw ConfigError(cat(setting, " must be at least 1; received ", steps)).who(schedule);
}

static double progress(int64_t step, int64_t steps, bool staircase) {
  const double part = static_cast<double>(step) / static_cast<double>(steps);
  return staircase ? std::floor(part) : part;
}

Schedule ExponentialDecay(ExponentialDecayConfig config) {
  check_steps("ExponentialDecay", "decay_steps", config.decay_steps);
  return {"ExponentialDecay", [config](int64_t step) {
            return config.initial_learning_rate *
                   std::pow(config.decay_rate, progress(step, config.decay_steps, config.staircase));
          }};
}

Schedule PiecewiseConstantDecay(PiecewiseConstantDecayConfig config) {
  const auto refuse = [](const std::string& rule) { throw ConfigError(rule).who("PiecewiseConstantDecay"); };
  if (config.values.size() != config.boundaries.size() + 1)
    refuse(cat("needs one value more than boundaries; received ", config.values.size(), " values and ",
               config.boundaries.size(), " boundaries"));
  if (std::adjacent_find(config.boundaries.begin(), config.boundaries.end(), std::greater_equal<>()) !=
      config.boundaries.end())
    refuse("boundaries must rise");
  return {"PiecewiseConstantDecay", [config](int64_t step) {
            const auto bound = std::lower_bound(config.boundaries.begin(), config.boundaries.end(), step);
            return config.values[static_cast<size_t>(bound - config.boundaries.begin())];
          }};
}

Schedule PolynomialDecay(PolynomialDecayConfig config) {
  check_steps("PolynomialDecay", "decay_steps", config.decay_steps);
  return {"PolynomialDecay", [config](int64_t step) {
            double steps = static_cast<double>(config.decay_steps), at = static_cast<double>(step);
            if (config.cycle) steps *= std::max(1.0, std::ceil(at / steps));
            at = std::min(at, steps);
            return (config.initial_learning_rate - config.end_learning_rate) * std::pow(1 - at / steps, config.power) +
                   config.end_learning_rate;
          }};
}

Schedule CosineDecay(CosineDecayConfig config) {
  check_steps("CosineDecay", "decay_steps", config.decay_steps);
  const bool warm = config.warmup_target >= 0;
  return {"CosineDecay", [config, warm](int64_t step) {
            if (warm && step < config.warmup_steps)
              return config.initial_learning_rate +
                     (config.warmup_target - config.initial_learning_rate) * progress(step, config.warmup_steps, false);
            const int64_t after = std::min(step - (warm ? config.warmup_steps : 0), config.decay_steps);
            const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * progress(after, config.decay_steps, false)));
            const double top = warm ? config.warmup_target : config.initial_learning_rate;
            return top * ((1 - config.alpha) * cosine + config.alpha);
          }};
}

Schedule InverseTimeDecay(InverseTimeDecayConfig config) {
  check_steps("InverseTimeDecay", "decay_steps", config.decay_steps);
  return {"InverseTimeDecay", [config](int64_t step) {
            return config.initial_learning_rate /
                   (1 + config.decay_rate * progress(step, config.decay_steps, config.staircase));
          }};
}

}  // namespace graft
