#include <algorithm>
#include <chrono>
#include <cmath>
#include <iomanip>
#include <iostream>

#include "graft/core/random.h"
#include "graft/graft.h"
#include "graft/ops/run/machine.h"
#include "graft/tools/graft/command.h"

namespace graft::tool {

namespace {

struct Timing {
  double median_ms, min_ms, primitives_ms;
  std::vector<StepReport> steps;  // each timed alone
  MachinePeak peak;
};

double run_ms(Context& context) {
  const auto start = std::chrono::steady_clock::now();
  context.run();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

Timing time(const Executable& executable, int runs) {
  Context context = executable.context();
  fill_inputs(context);
  for (int i = 0; i < 3; ++i) context.run();
  std::vector<double> ms;
  for (int i = 0; i < runs; ++i) ms.push_back(run_ms(context));
  std::sort(ms.begin(), ms.end());
  Timing timing{ms[ms.size() / 2], ms.front(), 0, context.time_steps(std::min(runs, 9)),
                measure_peak(executable.threads(), executable.precision())};
  for (const StepReport& step : timing.steps) timing.primitives_ms += step.ms;
  return timing;
}

nlohmann::ordered_json json_of(nlohmann::ordered_json report, const Timing& timing, const Executable& executable,
                               int runs) {
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  size_t next = 0;
  for (auto& step : report["steps"]) {
    if (step["prepared"]) continue;  // a run does not execute it
    step["ms"] = timing.steps[next].ms;
    step["peak_share"] = timing.peak.share(timing.steps[next++]);
    steps.push_back(step);
  }
  report.erase("steps");
  report["threads"] = executable.threads();
  report["runs"] = runs;
  report["median_ms"] = timing.median_ms;
  report["min_ms"] = timing.min_ms;
  report["primitives_ms"] = timing.primitives_ms;
  report["peak_gflops"] = timing.peak.gflops;
  report["peak_gbytes"] = timing.peak.gbytes;
  report["steps"] = steps;
  return report;
}

void print(const Timing& timing, const Executable& executable, int runs) {
  std::cout << std::fixed << std::setprecision(3) << "median " << timing.median_ms << " ms, minimum " << timing.min_ms
            << " ms of " << runs << " runs, " << executable.threads() << " threads\n"
            << "sum of its steps, each timed alone with warm caches: " << timing.primitives_ms << " ms; median / sum "
            << std::setprecision(2) << timing.median_ms / timing.primitives_ms << '\n';
  std::vector<StepReport> slowest = timing.steps;
  std::stable_sort(slowest.begin(), slowest.end(), [](const auto& a, const auto& b) { return a.ms > b.ms; });
  slowest.resize(std::min<size_t>(slowest.size(), 10));
  std::cout << "the slowest steps, with their share of the machine's peak (" << std::setprecision(0)
            << timing.peak.gflops << " GFLOP/s, " << timing.peak.gbytes << " GB/s from memory):\n";
  for (const StepReport& s : slowest)
    std::cout << "  " << std::setprecision(3) << std::setw(9) << s.ms << " ms  " << std::setprecision(0) << std::setw(4)
              << 100 * timing.peak.share(s) << "%  " << s.primitive << "  " << s.implementation << "  " << s.dst << "  "
              << s.label << '\n';
  // When another process wants a core too, libgomp's waiting threads hold it for whole slices of the scheduler.
  const double slices = timing.median_ms / 4;
  if (slices > 1.5 && std::abs(slices - std::round(slices)) < 0.01)
    std::cout << "warning: the median is a multiple of 4 ms: another process may have kept a core busy; run it again\n";
}

}  // namespace

void add_bench(CLI::App& app) {
  struct Arguments {
    ModelArgument model;
    CompileArguments compile;
    int runs = 50;
    bool json = false;
    std::string trace;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("bench", "Times runs: the median in milliseconds, and the sum of the steps timed alone");
  add_model(*command, arguments->model);
  add_compile_options(*command, arguments->compile);
  command->add_option("--runs", arguments->runs, "Timed runs")->capture_default_str()->check(CLI::Range(1, 1000000));
  command->add_flag("--json", arguments->json, "Print one JSON object and nothing else");
  add_trace_option(*command, arguments->trace);
  command->callback([arguments] {
    const Model model = arguments->model.load();
    const Executable executable = arguments->compile.compile(model);
    const Timing timing = time(executable, arguments->runs);
    if (arguments->json)
      std::cout
          << json_of(compile_report(model, executable, arguments->compile), timing, executable, arguments->runs).dump(1)
          << '\n';
    else
      print(timing, executable, arguments->runs);
    if (arguments->trace.empty()) return;
    Context context = executable.context();
    write_trace(context, arguments->trace);
  });
}

}  // namespace graft::tool
