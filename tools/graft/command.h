#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "graft/models/loop/inference.h"
#include "graft/models/model/model.h"

namespace graft::tool {

// One function for each subcommand of `graft`: it adds the options, and what runs when the command is given. What runs
// prints to stdout and throws graft::Error for bad input; main turns that into one line and exit code 1.

void add_summary(CLI::App& app);
void add_plot(CLI::App& app);
void add_predict(CLI::App& app);
void add_convert(CLI::App& app);
void add_splice(CLI::App& app);
void add_compile(CLI::App& app);
void add_bench(CLI::App& app);
void add_verify(CLI::App& app);
void add_lint(CLI::App& app);

/// What commands that also take an architecture without weights share.
struct ModelArgument {
  std::string path;
  uint64_t seed = 0;  ///< of the fresh weights
  Model load() const;
};
void add_model(CLI::App& command, ModelArgument& argument);

/// What is compiled: --batch, --training with --loss and --optimizer, --threads, --precision, --memory-limit, --tune.
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

/// Something to run on: the values do not change the time, but denormals and NaN would.
void fill_inputs(Context& context);
/// Writes when each step of a few runs began and ended. Throws BackendError naming the path.
void write_trace(Context& context, const std::string& path);
void add_trace_option(CLI::App& command, std::string& path);

/// The object of `compile --json`, for `bench` to add to.
nlohmann::ordered_json compile_report(const Model& model, const Executable& executable,
                                      const CompileArguments& arguments);

}  // namespace graft::tool
