// Measures the networks of the zoo: as a server of timings for tools/bench, one network step by step, single kernels,
// or the joining of models.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iomanip>
#include <iostream>

#include "graft/graft.h"
#include "graft/tools/benchmark/kernels.h"
#include "graft/tools/benchmark/models.h"
#include "graft/tools/benchmark/server.h"
#include "graft/tools/benchmark/splice.h"

using namespace graft;

namespace {

struct Arguments {
  std::string model, folder;
  bench::ContextOptions options;
  int runs = 15;
  bool sorted = false;
};

void print_step(const StepReport& step, double total) {
  const double per_second = 1e3 / std::max(step.ms, 1e-9);
  std::cout << std::fixed << std::setprecision(4) << std::setw(10) << step.ms << std::setprecision(1) << std::setw(6)
            << 100 * step.ms / total << std::setw(9) << step.gflop * per_second << std::setw(8)
            << static_cast<double>(step.bytes) * 1e-9 * per_second << "  " << std::left << std::setw(30)
            << step.primitive << ' ' << std::setw(30) << step.implementation << ' ' << std::setw(26) << step.dst << ' '
            << std::setw(28) << step.label << ' ' << step.fused << std::right << '\n';
}

void print_steps(const Arguments& arguments) {
  const Model model = bench::make_model(arguments.model);
  const Executable executable = bench::make_executable(arguments.model, model, arguments.options);
  Context context = bench::make_context(executable, bench::draw_batch(arguments.model, model, arguments.options.batch));
  std::vector<StepReport> steps = context.time_steps(arguments.runs, StepTiming::in_pass);
  if (arguments.sorted)
    std::stable_sort(steps.begin(), steps.end(), [](const auto& a, const auto& b) { return a.ms > b.ms; });
  double total = 0;
  for (const StepReport& step : steps) total += step.ms;
  std::cout << "        ms     %   GFLOP/s   GB/s  primitive                      implementation                 dst"
               "                        layer                        fused\n";
  for (const StepReport& step : steps) print_step(step, total);
  std::cout << std::setprecision(3) << "the sum of " << steps.size() << " steps: " << total
            << " ms, each the median of " << arguments.runs << " passes; " << executable.threads() << " threads, peak "
            << std::setprecision(1) << static_cast<double>(executable.peak_bytes()) / (1 << 20) << " MiB, "
            << executable.reorders() << " reorders, " << executable.ref_steps() << " ref\n";
  if (arguments.options.tune) std::cout << executable.tuning() << '\n';
}

void add_steps(CLI::App& app, Arguments& arguments) {
  CLI::App* steps = app.add_subcommand("steps", "Times each step of a network, in ms, as they run one after another");
  steps->add_option("MODEL", arguments.model, "A network of the zoo")->required();
  steps->add_option("--batch", arguments.options.batch, "Samples in a run")->capture_default_str();
  steps->add_flag("--training", arguments.options.training, "Time the training step instead of inference");
  const auto set_precision = [&](const std::string& word) { arguments.options.precision = Precision::parse(word); };
  steps->add_option_function<std::string>("--precision", set_precision, "float32 or bf16")->default_str("float32");
  steps->add_option("--threads", arguments.options.threads, "Threads; 0: all cores")->capture_default_str();
  steps->add_flag("--tune", arguments.options.tune, "Use the fastest of several formulations");
  steps->add_option("--runs", arguments.runs, "Timed passes")->capture_default_str()->check(CLI::Range(1, 100000));
  steps->add_flag("--sorted", arguments.sorted, "Print the slowest first");
  steps->callback([&] { print_steps(arguments); });
}

void add_save(CLI::App& app, Arguments& arguments) {
  CLI::App* save = app.add_subcommand("save", "Writes model.json and weights.safetensors of a network into a folder");
  save->add_option("MODEL", arguments.model, "A network of the zoo")->required();
  save->add_option("FOLDER", arguments.folder, "The folder for both files")->required();
  save->callback([&] { bench::save(bench::make_model(arguments.model), arguments.folder); });
}

void add_splice(CLI::App& app, Arguments& arguments) {
  CLI::App* splice = app.add_subcommand("splice", "Times joining ResNet-50 to a head, beside calling its layers again");
  splice->add_option("--runs", arguments.runs, "Timed runs")->capture_default_str()->check(CLI::Range(1, 100000));
  splice->callback([&] { bench::time_splice(arguments.runs); });
}

void add_kernels(CLI::App& app, Arguments& arguments) {
  CLI::App* kernels = app.add_subcommand("kernels", "Times Graft's kernels beside the oneDNN primitives they replace");
  kernels->add_option("--runs", arguments.runs, "Timed turns")->capture_default_str()->check(CLI::Range(1, 100000));
  kernels->callback([&] { bench::time_kernels(arguments.runs); });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures the networks of the zoo");
  app.require_subcommand(1);
  Arguments arguments;
  add_steps(app, arguments);
  add_save(app, arguments);
  add_splice(app, arguments);
  add_kernels(app, arguments);
  app.add_subcommand("serve", "Answers lines of JSON with timings, for tools/bench")->callback(bench::serve);
  app.add_subcommand("list", "Prints the names of the networks")->callback([] {
    for (const std::string& name : bench::model_names()) std::cout << name << '\n';
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const Error& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
