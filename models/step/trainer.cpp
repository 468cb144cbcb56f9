#include "graft/models/step/trainer.h"

#include <unordered_set>

#include "graft/models/step/feed.h"
#include "graft/models/step/program_emitter.h"
#include "graft/models/step/training_step.h"

namespace graft {

// Each variable once: one that is named twice would be moved twice.
static Variables distinct(const Variables& variables) {
  Variables once;
  std::unordered_set<const VariableState*> seen;
  for (const Variable& variable : variables)
    if (seen.insert(&variable.state()).second) once.push_back(variable);
  return once;
}

static std::shared_ptr<TrainingStep> make_step(TrainerConfig config, source_location location) {
  try {
    config.update = distinct(config.update);
    if (config.update.empty()) throw ConfigError("update must hold at least one variable; received an empty list");
    return std::make_shared<TrainingStep>(std::vector<TrainerConfig>{std::move(config)});
  } catch (Error& error) {
    error.who("Trainer").at(location, "Trainer made");
    throw;
  }
}

static std::vector<StepLogs> run_step(TrainingStep& step, const TensorList& batch) {
  const TensorList fitted = fit_to_inputs(batch, step.inputs(), "the batch");
  check_finite(fitted, step.inputs());
  std::vector<Shape> shapes;
  for (const Tensor& tensor : fitted) shapes.push_back(tensor.shape());
  return step.train(shapes, [&](size_t input, std::span<float> values, int) { copy_values(fitted[input], values); });
}

static Executable executable_of(TrainingStep& step, int64_t batch) {
  return step.train_executable(batch_shapes(step.inputs(), batch), step.options());
}

// -- one plan ---------------------------------------------------------------------------------------------------------

Trainer::Trainer(TrainerConfig config, source_location location) : step_(make_step(std::move(config), location)) {}

Logs Trainer::step_logs(const TensorList& batch) try {
  return run_step(*step_, batch).front().logs;
} catch (Error& error) {
  error.who("Trainer");
  throw;
}

float Trainer::step(const TensorList& batch) { return step_logs(batch)["loss"]; }

const Variables& Trainer::update() const& { return step_->configs().front().update; }

const Optimizer& Trainer::optimizer() const& { return step_->configs().front().optimizer; }

Executable Trainer::executable(int64_t batch) const { return executable_of(*step_, batch); }

// -- several plans ----------------------------------------------------------------------------------------------------

static void check_same_options(const std::vector<TrainerConfig>& configs) {
  const auto differ = [](const char* option, const auto& one, const auto& other) {
    if (one != other)
      throw ConfigError(
          cat("one step runs all trainers, so their ", option, " must be equal; received ", one, " and ", other));
  };
  for (const TrainerConfig& config : configs) {
    differ("precision", configs[0].precision, config.precision);
    differ("threads", configs[0].threads, config.threads);
    differ("memory_limit", configs[0].memory_limit, config.memory_limit);
  }
}

JointTrainer::JointTrainer(const std::vector<Trainer>& trainers, source_location location) try {
  if (trainers.empty()) throw ConfigError("there must be at least one trainer; received an empty list");
  std::vector<TrainerConfig> configs;
  for (const Trainer& trainer : trainers) configs.push_back(trainer.step_->configs().front());
  check_same_options(configs);
  step_ = std::make_shared<TrainingStep>(std::move(configs));
} catch (Error& error) {
  error.who("JointTrainer").at(location, "JointTrainer made");
  throw;
}

const SymbolicTensors& JointTrainer::inputs() const& { return step_->inputs(); }

std::vector<Logs> JointTrainer::step_logs(const TensorList& batch) try {
  std::vector<Logs> logs;
  for (StepLogs& report : run_step(*step_, batch)) logs.push_back(std::move(report.logs));
  return logs;
} catch (Error& error) {
  error.who("JointTrainer");
  throw;
}

std::vector<float> JointTrainer::step(const TensorList& batch) {
  std::vector<float> losses;
  for (const Logs& logs : step_logs(batch)) losses.push_back(logs["loss"]);
  return losses;
}

Executable JointTrainer::executable(int64_t batch) const { return executable_of(*step_, batch); }

}  // namespace graft
