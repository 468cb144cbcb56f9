#include "graft/ops/run/report.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "graft/core/error.h"
#include "graft/ops/lower/lowering.h"

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

std::string mib(int64_t bytes) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << static_cast<double>(bytes) / (1 << 20) << " MiB";
  return out.str();
}

// Makes each column as wide as its widest cell, and aligns the columns from `numbers_from` on to the right.
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
                 .reorder = step.kind == ops::StepKind::reorder,
                 .ms = 0};
  for (const ops::Argument& a : step.arguments) out.bytes += static_cast<int64_t>(a.operand.md.get_size() * parts);
  return out;
}

std::vector<StepReport> step_reports(const ExecutableState& state) {
  std::vector<StepReport> out;
  for (const Step& step : state.steps) out.push_back(report_of(step, state.parts));
  return out;
}

int count_reorders(const ExecutableState& state) {
  return static_cast<int>(std::count_if(state.main.begin(), state.main.end(),
                                        [](const Step* s) { return s->kind == ops::StepKind::reorder; }));
}

int count_references(const ExecutableState& state) {
  return static_cast<int>(std::count_if(state.main.begin(), state.main.end(), [](const Step* s) {
    return !ops::moves(s->kind) && onednn::is_reference(s->implementation);
  }));
}

static int64_t shape_bytes(const Variable& v) { return v.shape().elements() * static_cast<int64_t>(sizeof(float)); }

int64_t weights_bytes(const ExecutableState& state) {
  auto bytes = static_cast<int64_t>(packed_bytes(state));
  for (const Variable& v : state.read) bytes += shape_bytes(v);
  for (const auto& u : state.updated) bytes += static_cast<int64_t>(u.layout.get_size());
  return bytes;
}

static std::string mebibytes(int64_t bytes) { return fixed(static_cast<double>(bytes) / (1 << 20), 2); }

static std::string joined(const std::vector<std::string>& layers) {
  std::string out;
  for (const std::string& layer : layers) out += cat(out.empty() ? "" : " + ", layer);
  return out;
}

static std::string remarks(const StepReport& step) {
  if (step.remark.empty()) return step.fused;
  return cat(step.fused, step.fused.empty() ? "" : "; ", step.reorders() ? "layout: " : "apart: ", step.remark);
}

static std::string closing_lines(const ExecutableState& state) {
  std::ostringstream out;
  out << state.main.size() << " steps, " << count_reorders(state) << " reorders, " << count_references(state)
      << " reference steps; " << state.prepared.size() << " steps ahead of the runs, when weights change\n";
  out << "activations " << mib(static_cast<int64_t>(state.arena_bytes)) << " (least possible "
      << mib(static_cast<int64_t>(state.bound_bytes)) << "), weights " << mib(weights_bytes(state)) << ", "
      << state.precision << ", " << state.threads << (state.threads == 1 ? " thread\n" : " threads\n");
  if (state.parts > 1)
    out << "in " << state.parts
        << " parts, one after the other, so that what passes between the layers stays in the cache\n";
  if (!state.tuning.empty()) out << state.tuning << '\n';
  return out.str();
}

std::string text_report(const ExecutableState& state) {
  std::vector<std::vector<std::string>> rows{
      {"step", "layers", "primitive", "implementation", "src", "dst", "fused", "GFLOP", "MiB"}};
  size_t number = 0;
  for (const Step* step : state.main) {
    const StepReport r = report_of(*step, state.parts);
    rows.push_back({std::to_string(++number), joined(r.layers), r.primitive, r.implementation, r.src, r.dst, remarks(r),
                    r.gflop > 0 ? fixed(r.gflop, 3) : "", mebibytes(r.bytes)});
  }
  return table(rows, 7) + closing_lines(state);
}

std::string text_report(const ExecutableState& state, const std::vector<StepReport>& steps, const MachinePeak& peak) {
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
      << closing_lines(state);
  return out.str();
}

}  // namespace graft
