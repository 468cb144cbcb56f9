#pragma once

// Internal: what an Optimizer handle points to.

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "graft/models/training/schedule.h"
#include "graft/ops/program/variable.h"

namespace graft {

/// At most one of them is set.
struct Clipping {
  std::optional<double> norm, value, global_norm;
};

struct OptimizerState {
  std::string name;
  LearningRate learning_rate = 0.0;
  Clipping clipping = {};
  double weight_decay = 0;  ///< w -= lr weight_decay w, before the step

  std::string rule = {};  ///< the name of the rule, as Builder::update takes it
  std::vector<std::string> slot_names = {};
  float slot_value = 0;  ///< every element of a new slot
  std::vector<float> settings = {};
  /// The factor that the rule multiplies by, from the learning rate and the number of the step, which counts from 1.
  std::function<double(double rate, int64_t step)> step_size = [](double rate, int64_t) { return rate; };

  std::mutex mutex = {};  ///< held during a step and while slots are made: trainers in several threads may share this
  int64_t iterations = 0;
  std::unordered_map<std::shared_ptr<VariableState>, Variables> slots = {};

  /// The slots of a variable, in the order of slot_names; they are made at the first call.
  const Variables& slots_of(const Variable& variable);
};

}  // namespace graft
