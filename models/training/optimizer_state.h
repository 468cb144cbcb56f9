#pragma once

// Internal: what an Optimizer handle points to.

#include <functional>
#include <mutex>
#include <unordered_map>

#include "graft/models/training/optimizer.h"
#include "graft/ops/program/builder.h"

namespace graft {

struct Clipping {
  std::optional<double> norm, value, global_norm;
};

struct OptimizerState {
  std::string name;
  LearningRate learning_rate = 0.0;
  Clipping clipping = {};
  double weight_decay = 0;  ///< w -= lr weight_decay w before the step

  std::string rule = {};  ///< of Builder::update
  std::vector<std::string> slot_names = {};
  float slot_value = 0;  ///< what slots begin with
  std::vector<float> settings = {};
  /// What the rule multiplies by, of the learning rate and the number of the step, counted from 1.
  std::function<double(double rate, int64_t step)> step_size = [](double rate, int64_t) { return rate; };

  std::mutex mutex = {};  ///< held for a step, and while slots are made: trainers in several threads may share it
  int64_t iterations = 0;
  std::unordered_map<std::shared_ptr<VariableState>, Variables> slots = {};

  const Variables& slots_of(const Variable& variable);  ///< made when they are not there yet
};

/// The input that the updates of a Program take: the step size, and with weight decay by how much variables shrink.
ops::Value emit_rates(ops::Builder& builder, const OptimizerState& state);
/// What to put into it for the next step.
std::vector<float> next_rates(const OptimizerState& state);
/// Clips the gradients and moves each variable along its own; an empty gradient leaves its variable alone.
void emit_updates(ops::Builder& builder, OptimizerState& state, ops::Value rates, const Variables& variables,
                  ops::Values gradients);

}  // namespace graft
