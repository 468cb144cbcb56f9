#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "graft/models/loop/inference.h"
#include "graft/models/model/model.h"

namespace graft::tool {

// Each function adds a subcommand of `graft`: its options and the callback that runs it. The callback prints to stdout
// and throws graft::Error for bad input, which main prints as one line, with exit code 1.

void add_summary(CLI::App& app);
void add_plot(CLI::App& app);
void add_predict(CLI::App& app);
void add_convert(CLI::App& app);
void add_splice(CLI::App& app);
void add_compile(CLI::App& app);
void add_bench(CLI::App& app);
void add_verify(CLI::App& app);
void add_lint(CLI::App& app);
void add_layers(CLI::App& app);

/// The arguments of commands that also take an architecture without weights.
struct ModelArgument {
  std::string path;
  uint64_t seed = 0;  ///< of the fresh weights
  Model load() const;
};
void add_model(CLI::App& command, ModelArgument& argument);

/// The options of compiling: --batch, --training with --loss and --optimizer, --threads, --precision, --memory-limit,
/// --tune.
struct CompileArguments {
  int64_t batch = 1;
  int threads = 0;
  bool training = false;
  std::string precision = "float32";
  bool tune = false;
  int64_t memory_limit = 0;  ///< bytes
  std::string loss = "mse", optimizer = "adam";
  Executable compile(const Model& model) const;
};
void add_compile_options(CLI::App& command, CompileArguments& arguments);

/// Fills the inputs with random numbers, among them no denormals and no NaN, which would change the time of a run.
void fill_inputs(Context& context);
/// Writes a file with the time at which each step of five runs began and ended. Throws BackendError naming the path.
void write_trace(Context& context, const std::string& path);
void add_trace_option(CLI::App& command, std::string& path);

/// The JSON object of `compile --json`, to which `bench` adds its timings.
nlohmann::ordered_json compile_report(const Model& model, const Executable& executable,
                                      const CompileArguments& arguments);

}  // namespace graft::tool
