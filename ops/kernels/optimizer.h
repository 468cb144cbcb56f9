#pragma once

// Internal: one step of an optimizer over a variable, its gradient and its slots, and moving averages.
//
// rule        slots                                       settings
// sgd         -                                           -
// momentum    momentum                                    momentum
// nesterov    momentum                                    momentum
// rmsprop     velocity, [momentum,] [average_gradient]    rho, momentum, epsilon
// adam        momentum, velocity, [velocity_hat]          beta_1, beta_2, epsilon
// adamax      momentum, norm                              beta_1, beta_2, epsilon
// adagrad     accumulator                                 epsilon
// adadelta    accumulated_gradient, accumulated_delta     rho, epsilon
// lion        momentum                                    beta_1, beta_2
//
// rmsprop has a momentum slot when its momentum is not 0, an average_gradient when it is centered; adam has a
// velocity_hat when it is amsgrad. The formulas are Keras 3's.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace graft::ops {

/// What a step reads and writes. All arrays have n floats; w and the slots change, and a zero weight with a zero
/// gradient and zero slots stays zero.
struct OptimizerStep {
  float* w;
  const float* g;
  std::array<float*, 3> slots;
  int64_t n;
  float rate;   ///< the step size, corrected for the bias of the first steps where a rule has one
  float decay;  ///< by how much of itself w shrinks before the step; 0: not at all
  const float* settings;
};

struct OptimizerRule {
  const char* name;
  void (*step)(const OptimizerStep&);
  size_t slots, settings;  ///< how many there are
};

/// Null where no rule has the name with as many slots and settings.
const OptimizerRule* find_optimizer_rule(std::string_view name, size_t slots, std::span<const float> settings);

void optimizer_step(int threads, const OptimizerRule& rule, const OptimizerStep& step);

/// moving = moving momentum + batch (1 - momentum), n floats each.
void moving_average(float* moving, const float* batch, int64_t n, float momentum);

}  // namespace graft::ops
