#include "graft/models/loop/epoch.h"
#include "graft/models/loop/fit_plan.h"
#include "graft/models/model/model_impl.h"
#include "graft/models/step/program_emitter.h"

namespace graft {

ops::Program inference_program(const Graph& graph, const std::vector<Shape>& shapes) {
  ops::Builder builder(false);
  return builder.finish(emit_on_inputs(builder, graph, shapes));
}

Executable compile(const Model& model, const CompileOptions& options) {
  try {
    check_at_least("batch", options.batch, 1);
    check_at_least("threads", options.threads, 0);
    Executable executable;
    if (options.training) {
      executable = compiled_model(model).train_executable(options);
    } else {
      const std::vector<Shape> shapes = batch_shapes(model.inputs(), options.batch);
      executable =
          Executable(inference_program(model.graph(), shapes), {.threads = options.threads,
                                                                .precision = options.precision.value_or(Precision("float32")),
                                                                .memory_limit = options.memory_limit,
                                                                .tune = options.tune});
    }
    check_fits(executable, options.batch);
    return executable;
  } catch (Error& error) {
    error.who(cat("Model \"", model.name(), '"'));
    throw;
  }
}

// -- what compile() fixes for training
// ----------------------------------------------------------------------------------

// What was added to a model counts where that model is trained; in another one it would quietly be left out.
static void check_no_additions_within(const Model& model) {
  for (const Layer& layer : all_layers(model.graph())) {
    const std::optional<Model> inner = as_model(layer);
    if (!inner || (inner->model_impl().added_losses.empty() && inner->model_impl().added_metrics.empty())) continue;
    ConfigError error(
        cat("Model \"", inner->name(),
            "\" within it has a loss or metric of its own (add_loss, add_metric), which would not count"));
    error.hint(cat("let \"", inner->name(), "\" give what that is computed from as outputs, and add it to \"",
                   model.name(), "\"; clone(inner, Weights::share) is the inner model without it."));
    throw error;
  }
}

void Model::compile(CompileConfig config) const {
  try {
    check_no_additions_within(*this);
    model_impl().compiled = std::make_shared<CompiledModel>(*this, std::move(config));
  } catch (Error& error) {
    error.who(cat("Model \"", name(), '"'));
    throw;
  }
}

bool Model::compiled() const { return model_impl().compiled != nullptr; }

CompiledModel& compiled_model(const Model& model) {
  if (model.compiled()) return *model.model_impl().compiled;
  ConfigError error("is not compiled for training");
  error.who(cat("Model \"", model.name(), '"'))
      .hint("model.compile({.optimizer = \"adam\", .loss = \"mse\"}) comes first.");
  throw error;
}

const CompileConfig& Model::compile_config() const { return compiled_model(*this).config(); }

const Optimizer& Model::optimizer() const { return compile_config().optimizer; }

static void check_reachable(const Model& model, const SymbolicTensor& value, const char* what) {
  try {
    Graph::make(model.inputs(), value);
  } catch (Error& error) {
    error.who(cat("Model \"", model.name(), "\" ", what));
    throw;
  }
}

void Model::add_loss(const SymbolicTensor& loss) const {
  check_reachable(*this, loss, "add_loss");
  model_impl().added_losses.push_back(loss);
  if (compiled()) model_impl().compiled->set_additions(model_impl());
}

void Model::add_metric(const SymbolicTensor& value, const std::string& metric) const {
  check_reachable(*this, value, "add_metric");
  model_impl().added_metrics.emplace_back(metric, value);
  if (compiled()) model_impl().compiled->set_additions(model_impl());
}

}  // namespace graft
