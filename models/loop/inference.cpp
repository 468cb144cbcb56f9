#include "graft/models/loop/inference.h"

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/models/loop/fit_plan.h"
#include "graft/models/model/model_impl.h"
#include "graft/models/step/host_part.h"
#include "graft/models/step/program_emitter.h"

namespace graft {

// The options that the model was compiled with, except those that the caller has set.
static ExecutableOptions training_options(const TrainingStep& step, const CompileOptions& options) {
  ExecutableOptions chosen = step.options();
  if (options.threads != 0) chosen.threads = options.threads;
  if (options.precision) chosen.precision = *options.precision;
  if (options.memory_limit != 0) chosen.memory_limit = options.memory_limit;
  chosen.tune = chosen.tune || options.tune;
  return chosen;
}

static Executable training_executable(const Model& model, const CompileOptions& options) {
  TrainingStep& step = fit_plan_of(model).usual_step();
  return step.train_executable(batch_shapes(step.inputs(), options.batch), training_options(step, options));
}

static Executable inference_executable(const Model& model, const CompileOptions& options) {
  check_classes(model.graph());
  const StagedGraph staged(model.model_impl().graph);
  const Graph& graph = *staged.program();
  return Executable(inference_program(graph, batch_shapes(graph.inputs(), options.batch)),
                    {.threads = options.threads,
                     .precision = options.precision.value_or(Precision("float32")),
                     .memory_limit = options.memory_limit,
                     .tune = options.tune});
}

Executable compile(const Model& model, const CompileOptions& options) {
  try {
    check_at_least("batch", options.batch, 1);
    check_at_least("threads", options.threads, 0);
    Executable executable =
        options.training ? training_executable(model, options) : inference_executable(model, options);
    check_fits(executable, options.batch);
    return executable;
  } catch (Error& error) {
    error.who(cat("Model \"", model.name(), '"'));
    throw;
  }
}

}  // namespace graft
