// --trace writes when each step of five runs began and ended, for Perfetto and chrome://tracing.

#include "graft/core/file.h"
#include "graft/core/random.h"
#include "graft/tools/graft/command.h"

namespace graft::tool {

static nlohmann::ordered_json event(const std::string& name, const std::string& category, double start_ms, double ms) {
  return {{"name", name}, {"cat", category},      {"ph", "X"},      {"pid", 1},
          {"tid", 1},     {"ts", start_ms * 1e3}, {"dur", ms * 1e3}};
}

static nlohmann::ordered_json event_of(const StepSpan& span) {
  const StepReport& step = span.step;
  nlohmann::ordered_json out = event(step.label.empty() ? step.primitive : cat(step.primitive, ' ', step.label),
                                     step.primitive, span.start_ms, step.ms);
  out["args"] = {{"layers", step.layers}, {"implementation", step.implementation},
                 {"src", step.src},       {"dst", step.dst},
                 {"fused", step.fused},   {"gflop", step.gflop},
                 {"bytes", step.bytes}};
  return out;
}

static std::string trace_json(const std::vector<StepSpan>& spans) {
  nlohmann::ordered_json events = nlohmann::ordered_json::array();
  for (size_t first = 0; first < spans.size();) {
    size_t end = first;
    while (end < spans.size() && spans[end].run == spans[first].run) ++end;
    const StepSpan& last = spans[end - 1];
    events.push_back(event(cat("run ", last.run), "run", spans[first].start_ms,
                           last.start_ms + last.step.ms - spans[first].start_ms));
    for (; first < end; ++first) events.push_back(event_of(spans[first]));
  }
  return nlohmann::ordered_json{{"traceEvents", events}, {"displayTimeUnit", "ms"}}.dump();
}

void add_trace_option(CLI::App& command, std::string& path) {
  command.add_option("--trace", path, "Write to this file when each step of five runs began and ended, for Perfetto");
}

void fill_inputs(Context& context) {
  Random random(1);
  for (size_t i = 0; i < context.inputs(); ++i) {
    const Binding input = context.input(i);
    const bool rate = input.name() == "learning_rate" || input.name() == "weight_decay";
    for (float& v : input.data<float>()) v = rate ? 1e-4f : random.uniform();
  }
}

void write_trace(Context& context, const std::string& path) {
  constexpr int kRuns = 5;
  fill_inputs(context);
  write_file(path, trace_json(context.trace(kRuns)));
}

}  // namespace graft::tool
