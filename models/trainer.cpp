#include "graft/models/trainer.h"

#include <unordered_set>

#include "graft/models/feed.h"
#include "graft/models/program_emitter.h"
#include "graft/models/training_step.h"

namespace graft {

// The same variable twice would be moved twice.
static Variables distinct(const Variables& variables) {
  Variables once;
  std::unordered_set<const VariableState*> seen;
  for (const Variable& variable : variables)
    if (seen.insert(&variable.state()).second) once.push_back(variable);
  return once;
}

static std::shared_ptr<TrainingStep> make_step(TrainerConfig config, std::source_location location) {
  try {
    config.update = distinct(config.update);
    if (config.update.empty()) throw ConfigError("no variable to update; received an empty list");
    return std::make_shared<TrainingStep>(std::move(config));
  } catch (Error& error) {
    error.who("Trainer").at(location, "Trainer made");
    throw;
  }
}

Trainer::Trainer(TrainerConfig config, std::source_location location) : step_(make_step(std::move(config), location)) {}

Logs Trainer::step_logs(const TensorList& batch) try {
  const TensorList fitted = fit_to_inputs(batch, step_->inputs(), "the batch");
  check_finite(fitted, step_->inputs());
  std::vector<Shape> shapes;
  for (const Tensor& tensor : fitted) shapes.push_back(tensor.shape());
  return step_->train(shapes, [&](size_t input, std::span<float> values, int) { copy_values(fitted[input], values); });
} catch (Error& error) {
  error.who("Trainer");
  throw;
}

float Trainer::step(const TensorList& batch) { return step_logs(batch)["loss"]; }

const Variables& Trainer::update() const { return step_->config().update; }

const Optimizer& Trainer::optimizer() const { return step_->config().optimizer; }

Executable Trainer::executable(int64_t batch) const {
  return step_->train_executable(batch_shapes(step_->inputs(), batch), step_->options());
}

}  // namespace graft
