// The report of an Executable: what each step is, and how long it takes.

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <sstream>

#include "graft/ops/executable_state.h"

namespace graft {

namespace {

using ops::Step;

const ops::Argument* find(const Step& step, bool written) {
  for (const ops::Argument& a : step.arguments)
    if (a.written == written && a.id != DNNL_ARG_SCRATCHPAD) return &a;
  return nullptr;
}

std::string layout(const ops::Argument* argument) {
  if (!argument) return "";
  std::string dims;
  for (const int64_t d : onednn::dims(argument->operand.md)) dims += cat(dims.empty() ? "" : "x", d);
  return onednn::layout_name(argument->operand.md) + ":" + dims;
}

StepReport report_of(const Step& step) {
  StepReport out{.label = step.label,
                 .primitive = step.primitive,
                 .implementation = step.implementation,
                 .src = layout(find(step, false)),
                 .dst = layout(find(step, true)),
                 .fused = step.fused,
                 .gflop = step.flop * 1e-9,
                 .bytes = 0,
                 .prepared = step.prepared,
                 .ms = 0};
  for (const ops::Argument& a : step.arguments) out.bytes += static_cast<int64_t>(a.operand.md.get_size());
  return out;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::string mib(int64_t bytes) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << static_cast<double>(bytes) / (1 << 20) << " MiB";
  return out.str();
}

// Columns as wide as their widest cell; numbers to the right.
std::string table(const std::vector<std::vector<std::string>>& rows, size_t numbers_from) {
  std::vector<size_t> width;
  for (const auto& row : rows) {
    width.resize(std::max(width.size(), row.size()));
    for (size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], row[c].size());
  }
  std::ostringstream out;
  for (const auto& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string space(width[c] - row[c].size(), ' ');
      line += (c ? "  " : "") + (c >= numbers_from ? space + row[c] : row[c] + space);
    }
    out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }
  return out.str();
}

std::string fixed(double value, int digits) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(digits) << value;
  return out.str();
}

}  // namespace

std::vector<StepReport> Executable::steps() const {
  std::vector<StepReport> out;
  for (const Step& step : state_->steps) out.push_back(report_of(step));
  return out;
}

std::string Executable::report() const {
  std::vector<std::vector<std::string>> rows{
      {"step", "layer", "primitive", "implementation", "src", "dst", "fused", "GFLOP", "MiB"}};
  size_t number = 0;
  for (const Step* step : state_->main) {
    const StepReport r = report_of(*step);
    rows.push_back({std::to_string(++number), r.label, r.primitive, r.implementation, r.src, r.dst, r.fused,
                    r.gflop > 0 ? fixed(r.gflop, 3) : "", fixed(static_cast<double>(r.bytes) / (1 << 20), 2)});
  }
  std::ostringstream out;
  out << table(rows, 7);
  out << state_->main.size() << " steps, " << reorders() << " reorders, " << ref_steps() << " reference steps; "
      << state_->prepared.size() << " steps ahead of the runs, when weights change\n";
  out << "activations " << mib(peak_bytes()) << " (least possible " << mib(bound_bytes()) << "), weights "
      << mib(weights_bytes()) << ", " << threads() << (threads() == 1 ? " thread\n" : " threads\n");
  return out.str();
}

static double timed_ms(Runner& runner, size_t step, uint64_t seed) {
  const auto start = std::chrono::steady_clock::now();
  runner.run_step(step, seed);
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

std::vector<StepReport> Context::time_steps(int runs, StepTiming timing) {
  if (runs < 1) throw ConfigError(cat("runs must be 1 or more; received ", runs));
  run();
  const RunScope scope(*state_);
  Runner& runner = state_->runner;
  std::vector<std::vector<double>> ms(runner.size());
  if (timing == StepTiming::alone) {
    for (size_t k = 0; k < runner.size(); ++k)
      for (int r = 0; r < runs; ++r) ms[k].push_back(timed_ms(runner, k, static_cast<uint64_t>(r)));
  } else {
    for (int r = 0; r < runs; ++r)
      for (size_t k = 0; k < runner.size(); ++k) ms[k].push_back(timed_ms(runner, k, static_cast<uint64_t>(r)));
  }
  std::vector<StepReport> out;
  for (size_t k = 0; k < runner.size(); ++k) {
    out.push_back(report_of(runner.step(k)));
    out.back().ms = median(ms[k]);
  }
  return out;
}

}  // namespace graft
