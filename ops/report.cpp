// The report of an Executable: what each step is, and how long it takes.

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <sstream>

#include "graft/ops/executable_state.h"
#include "graft/ops/machine.h"

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
  return cat(ops::typed_layout(argument->operand.md), ':', dims);
}

// In a whole run: in all parts.
StepReport report_of(const Step& step, size_t parts) {
  StepReport out{.label = step.label,
                 .layers = step.layers,
                 .primitive = step.primitive,
                 .implementation = step.implementation,
                 .src = layout(find(step, false)),
                 .dst = layout(find(step, true)),
                 .fused = step.fused,
                 .remark = step.remark,
                 .gflop = step.flop * 1e-9 * static_cast<double>(parts),
                 .bytes = 0,
                 .prepared = step.prepared,
                 .ms = 0};
  for (const ops::Argument& a : step.arguments) out.bytes += static_cast<int64_t>(a.operand.md.get_size() * parts);
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
  for (const Step& step : state_->steps) out.push_back(report_of(step, state_->parts));
  return out;
}

static std::string mebibytes(int64_t bytes) { return fixed(static_cast<double>(bytes) / (1 << 20), 2); }

// The layers whose work a step does, without what all of them have in front.
static std::string joined(const std::vector<std::string>& layers) {
  std::string out;
  for (const std::string& layer : layers) out += cat(out.empty() ? "" : " + ", layer);
  return out;
}

static std::string remarks(const StepReport& step) {
  if (step.remark.empty()) return step.fused;
  return cat(step.fused, step.fused.empty() ? "" : "; ", step.reorders() ? "layout: " : "apart: ", step.remark);
}

static std::string closing_lines(const Executable& exe, size_t prepared, size_t main) {
  std::ostringstream out;
  out << main << " steps, " << exe.reorders() << " reorders, " << exe.ref_steps() << " reference steps; " << prepared
      << " steps ahead of the runs, when weights change\n";
  out << "activations " << mib(exe.peak_bytes()) << " (least possible " << mib(exe.bound_bytes()) << "), weights "
      << mib(exe.weights_bytes()) << ", " << exe.precision() << ", " << exe.threads()
      << (exe.threads() == 1 ? " thread\n" : " threads\n");
  if (exe.parts() > 1)
    out << "in " << exe.parts() << " parts, one after the other: what lies between the layers stays in the cache\n";
  if (!exe.state()->tuning.empty()) out << exe.state()->tuning << '\n';
  return out.str();
}

std::string Executable::report() const {
  std::vector<std::vector<std::string>> rows{
      {"step", "layers", "primitive", "implementation", "src", "dst", "fused", "GFLOP", "MiB"}};
  size_t number = 0;
  for (const Step* step : state_->main) {
    const StepReport r = report_of(*step, state_->parts);
    rows.push_back({std::to_string(++number), joined(r.layers), r.primitive, r.implementation, r.src, r.dst, remarks(r),
                    r.gflop > 0 ? fixed(r.gflop, 3) : "", mebibytes(r.bytes)});
  }
  return table(rows, 7) + closing_lines(*this, state_->prepared.size(), state_->main.size());
}

std::string timed_report(const Executable& executable, const std::vector<StepReport>& steps, const MachinePeak& peak) {
  std::vector<std::vector<std::string>> rows{
      {"step", "layers", "primitive", "implementation", "src", "dst", "fused", "GFLOP", "MiB", "ms", "of peak"}};
  double total = 0;
  for (const StepReport& r : steps) {
    total += r.ms;
    rows.push_back({std::to_string(rows.size()), joined(r.layers), r.primitive, r.implementation, r.src, r.dst,
                    remarks(r), r.gflop > 0 ? fixed(r.gflop, 3) : "", mebibytes(r.bytes), fixed(r.ms, 4),
                    fixed(100 * peak.share(r), 0) + "%"});
  }
  std::ostringstream out;
  out << table(rows, 7) << "the steps take " << fixed(total, 3) << " ms; the peak is " << fixed(peak.gflops, 0)
      << " GFLOP/s and " << fixed(peak.gbytes, 0) << " GB/s, measured just before\n"
      << closing_lines(executable, executable.state()->prepared.size(), steps.size());
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
  const size_t parts = state_->executable->parts;
  std::vector<std::vector<double>> ms(runner.size(), std::vector<double>(static_cast<size_t>(runs)));
  const auto add = [&](size_t k, int r) {
    ms[k][static_cast<size_t>(r)] += timed_ms(runner, k, static_cast<uint64_t>(r));
  };
  if (timing == StepTiming::alone) {
    for (size_t part = 0; part < parts; ++part) {
      state_->enter(part);
      for (size_t k = 0; k < runner.size(); ++k)
        for (int r = 0; r < runs; ++r) add(k, r);
    }
  } else {
    for (int r = 0; r < runs; ++r)
      for (size_t part = 0; part < parts; ++part) {
        state_->enter(part);
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

std::vector<StepSpan> Context::trace(int runs) {
  if (runs < 1) throw ConfigError(cat("runs must be 1 or more; received ", runs));
  using Clock = std::chrono::steady_clock;
  run();
  const RunScope scope(*state_);
  Runner& runner = state_->runner;
  const size_t parts = state_->executable->parts;
  std::vector<Clock::time_point> times{Clock::now()};
  times.reserve(static_cast<size_t>(runs) * parts * runner.size() + 1);
  for (int r = 0; r < runs; ++r)
    for (size_t part = 0; part < parts; ++part) {
      state_->enter(part);
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
