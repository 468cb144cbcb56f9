#include <iostream>

#include "graft/core/random.h"
#include "graft/graft.h"
#include "graft/ops/run/machine.h"
#include "graft/tools/graft/command.h"

namespace graft::tool {

Model ModelArgument::load() const {
  set_random_seed(seed);
  return io::load_model_or_architecture(path);
}

void add_model(CLI::App& command, ModelArgument& argument) {
  command
      .add_option("MODEL", argument.path,
                  "A saved folder, its model.json, a .keras or .h5 file, or an architecture (.json)")
      ->required();
  command.add_option("--seed", argument.seed, "Seed of the fresh weights of an architecture without weights")
      ->capture_default_str();
}

void add_compile_options(CLI::App& command, CompileArguments& arguments) {
  command.add_option("--batch", arguments.batch, "Samples in one run")->capture_default_str();
  command.add_option("--threads", arguments.threads, "Threads of a run; 0: GRAFT_THREADS, or all cores")
      ->capture_default_str();
  command.add_option("--precision", arguments.precision, "float32, or bf16: activations and products in bfloat16")
      ->capture_default_str();
  command
      .add_option(
          "--memory-limit", arguments.memory_limit,
          "Limit of the memory of a run's activations, as 500MB; 0: none. Training recomputes cheap results to meet it")
      ->transform(CLI::AsSizeValue(false))
      ->default_str("0");
  command.add_flag("--tune", arguments.tune, "Time several formulations, use the fastest and remember it");
  auto* training =
      command.add_flag("--training,--train", arguments.training, "Compile the training step instead of inference");
  command.add_option("--loss", arguments.loss, "Loss of the training step")->capture_default_str()->needs(training);
  command.add_option("--optimizer", arguments.optimizer, "Optimizer of the training step")
      ->capture_default_str()
      ->needs(training);
}

Executable CompileArguments::compile(const Model& model) const {
  if (training) model.compile({.optimizer = optimizer, .loss = loss});
  return graft::compile(model, {.batch = batch,
                                .threads = threads,
                                .training = training,
                                .precision = Precision::parse(precision),
                                .memory_limit = memory_limit,
                                .tune = tune});
}

// In "encoder/conv2d (grad)", the layer's name comes before the remark.
static nlohmann::ordered_json layers_of(const std::vector<std::string>& labels) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const std::string& label : labels) layers.push_back(label.substr(0, label.find(" (")));
  return layers;
}

nlohmann::ordered_json compile_report(const Model& model, const Executable& executable,
                                      const CompileArguments& arguments) {
  nlohmann::ordered_json report = {{"model", model.name()},
                                   {"batch", arguments.batch},
                                   {"training", arguments.training},
                                   {"precision", executable.precision().str()},
                                   {"reorders", executable.reorders()},
                                   {"ref_steps", executable.ref_steps()},
                                   {"peak_bytes", executable.peak_bytes()},
                                   {"bound_bytes", executable.bound_bytes()},
                                   {"weights_bytes", executable.weights_bytes()},
                                   {"prepared_steps", 0},
                                   {"steps", nlohmann::ordered_json::array()}};
  int64_t prepared = 0;
  for (const StepReport& step : executable.steps()) {
    prepared += step.prepared;
    if (step.prepared) continue;  // it runs only after weights have changed
    report["steps"].push_back({{"label", step.label},
                               {"layers", layers_of(step.layers)},
                               {"primitive", step.primitive},
                               {"implementation", step.implementation},
                               {"src", step.src},
                               {"dst", step.dst},
                               {"fused", step.fused},
                               {"apart", step.reorders() ? "" : step.remark},
                               {"layout", step.reorders() ? step.remark : ""},
                               {"gflop", step.gflop},
                               {"bytes", step.bytes},
                               {"prepared", step.prepared}});
  }
  report["prepared_steps"] = prepared;
  return report;
}

static std::string time_steps(const Executable& executable) {
  Context context = executable.context();
  fill_inputs(context);
  const MachinePeak peak = measure_peak(executable.threads(), executable.precision());
  return timed_report(executable, context.time_steps(9, StepTiming::in_pass), peak);
}

void add_compile(CLI::App& app) {
  struct Arguments {
    ModelArgument model;
    CompileArguments compile;
    bool json = false, timed = false;
    std::string trace;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("compile", "Compiles the model and prints its steps, layouts, fusions and peak memory");
  add_model(*command, arguments->model);
  add_compile_options(*command, arguments->compile);
  auto* json = command->add_flag("--json", arguments->json, "Print one JSON object and nothing else");
  command
      ->add_flag("--time", arguments->timed,
                 "Also run it and print the time of each step, and its share of the machine's peak")
      ->excludes(json);
  add_trace_option(*command, arguments->trace);
  command->callback([arguments] {
    const Model model = arguments->model.load();
    const Executable executable = arguments->compile.compile(model);
    if (arguments->json)
      std::cout << compile_report(model, executable, arguments->compile).dump(1) << '\n';
    else if (arguments->timed)
      std::cout << time_steps(executable);
    else
      std::cout << executable.report();
    if (arguments->trace.empty()) return;
    Context context = executable.context();
    write_trace(context, arguments->trace);
  });
}

}  // namespace graft::tool
