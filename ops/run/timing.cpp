#include "graft/ops/run/timing.h"

#include <algorithm>
#include <chrono>

#include "graft/ops/run/context_state.h"
#include "graft/ops/run/report.h"

namespace graft {

static void check_runs(int runs) {
  if (runs < 1) throw ConfigError(cat("runs must be 1 or more; received ", runs));
}

static double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

static double timed_ms(Runner& runner, size_t step, uint64_t seed) {
  const auto start = std::chrono::steady_clock::now();
  runner.run_step(step, seed);
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

std::vector<StepReport> time_steps(ContextState& context, int runs, StepTiming timing) {
  check_runs(runs);
  const RunScope scope(context);
  Runner& runner = context.runner;
  const size_t parts = context.executable->parts;
  std::vector<std::vector<double>> ms(runner.size(), std::vector<double>(static_cast<size_t>(runs)));
  const auto add = [&](size_t k, int r) {
    ms[k][static_cast<size_t>(r)] += timed_ms(runner, k, static_cast<uint64_t>(r));
  };
  if (timing == StepTiming::alone) {
    for (size_t part = 0; part < parts; ++part) {
      context.enter(part);
      for (size_t k = 0; k < runner.size(); ++k)
        for (int r = 0; r < runs; ++r) add(k, r);
    }
  } else {
    for (int r = 0; r < runs; ++r)
      for (size_t part = 0; part < parts; ++part) {
        context.enter(part);
        for (size_t k = 0; k < runner.size(); ++k) add(k, r);
      }
  }
  std::vector<StepReport> out;
  for (size_t k = 0; k < runner.size(); ++k) {
    out.push_back(report_of(runner.step(k), parts));
    out.back().ms = median(ms[k]);
  }
  return out;
}

std::vector<StepSpan> trace(ContextState& context, int runs) {
  check_runs(runs);
  using Clock = std::chrono::steady_clock;
  const RunScope scope(context);
  Runner& runner = context.runner;
  const size_t parts = context.executable->parts;
  std::vector<Clock::time_point> times{Clock::now()};
  times.reserve(static_cast<size_t>(runs) * parts * runner.size() + 1);
  for (int r = 0; r < runs; ++r)
    for (size_t part = 0; part < parts; ++part) {
      context.enter(part);
      for (size_t k = 0; k < runner.size(); ++k) {
        runner.run_step(k, static_cast<uint64_t>(r));
        times.push_back(Clock::now());
      }
    }
  const auto milliseconds = [](Clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); };
  std::vector<StepSpan> spans;
  for (size_t i = 0; i + 1 < times.size(); ++i) {
    spans.push_back({static_cast<int>(i / (runner.size() * parts)), report_of(runner.step(i % runner.size()), 1),
                     milliseconds(times[i] - times[0])});
    spans.back().step.ms = milliseconds(times[i + 1] - times[i]);
  }
  return spans;
}

}  // namespace graft
