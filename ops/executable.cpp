#include "graft/ops/executable.h"

#include <algorithm>
#include <iostream>
#include <set>

#include "graft/core/env.h"
#include "graft/ops/executable_state.h"
#include "graft/ops/machine.h"
#include "graft/ops/passes/passes.h"
#include "graft/ops/rows.h"

namespace graft {

namespace {

using ops::Buffer;
using ops::BufferKind;
using ops::Step;

int thread_count(int asked) {
  if (asked < 0) throw ConfigError(cat("threads must be 1 or more, or 0 for all; received ", asked));
  if (asked == 0) asked = env::threads();
  return asked > 0 ? asked : env::cores();
}

void collect_variables(ExecutableState& state, const ops::Lowering& lowering) {
  for (const auto& [id, layout] : lowering.variable_layouts())
    state.updated.push_back(
        {state.program.values[static_cast<size_t>(id)].variable, layout, lowering.variable_buffer(id)});
  std::set<const VariableState*> seen;
  for (const Buffer& b : state.buffers)
    if (b.kind == BufferKind::prepared && b.variable && seen.insert(&b.variable.state()).second)
      state.read.push_back(b.variable);
  Variables changed;
  for (const auto& u : state.updated) changed.push_back(u.variable);
  state.to_update = VariableLock::states_of(changed);
}

std::shared_ptr<ExecutableState> compile(const ops::Program& program, const ExecutableOptions& options) {
  std::string note;
  const Formulation formulation = options.tune ? choose_formulation(program, options, note) : Formulation{};
  auto state = compile_program(program, options, formulation);
  state->tuning = note;
  return state;
}

// Of weights as the steps read them.
size_t packed_bytes(const ExecutableState& state) {
  size_t bytes = 0;
  for (const PreparedBuffer& kept : state.kept) bytes += state.buffers[kept.buffer].bytes;
  return bytes;
}

// That the steps of a run read and write of what lies between them.
size_t activation_traffic(const ExecutableState& state) {
  size_t bytes = 0;
  for (const Step* step : state.main)
    for (const ops::Argument& a : step->arguments)
      if (state.buffers[static_cast<size_t>(a.operand.buffer)].kind == BufferKind::temporary)
        bytes += a.operand.md.get_size();
  return bytes;
}

// Activations that do not fit into the cache come from memory. So do weights that do not fit with those of a part, and
// again for each part: they are to be little beside what the activations cost.
int64_t fitting_parts(const ExecutableState& whole, int64_t rows) {
  const size_t cache = cache_bytes(), weights = packed_bytes(whole), traffic = activation_traffic(whole);
  if (whole.arena_bytes <= cache / 2) return 1;
  int64_t best = 1;
  for (int64_t parts = 2; parts <= rows; ++parts) {
    const size_t part = whole.arena_bytes / static_cast<size_t>(parts);
    const bool cheap = part + weights <= cache || static_cast<size_t>(parts) * weights <= traffic / 4;
    if (rows % parts != 0 || !cheap) continue;
    best = parts;
    if (part <= cache / 2) break;
  }
  return best;
}

std::shared_ptr<ExecutableState> lower_in_parts(const ops::Program& program, LoweringOptions lowering,
                                                const ExecutableOptions& options) {
  const auto lower_as = [&](int64_t parts, int64_t rows) {
    lowering.parts = static_cast<size_t>(parts);
    return lower_within(ops::for_rows(program, rows / parts), lowering, options.memory_limit);
  };
  if (options.parts < 0) throw ConfigError(cat("parts must be 1 or more, or 0; received ", options.parts));
  if (options.parts == 1) return lower_within(program, lowering, options.memory_limit);
  const int64_t rows = ops::independent_rows(program);
  if (options.parts == 0) {
    auto whole = lower_within(program, lowering, options.memory_limit);
    const int64_t parts = rows > 1 ? fitting_parts(*whole, rows) : 1;
    return parts == 1 ? whole : lower_as(parts, rows);
  }
  if (rows == 0) throw ConfigError("parts: a row of the outputs depends on other rows of the inputs");
  if (rows % options.parts != 0)
    throw ConfigError(cat("parts must divide the ", rows, " rows; received ", options.parts));
  return lower_as(options.parts, rows);
}

int64_t shape_bytes(const Variable& v) { return v.shape().elements() * static_cast<int64_t>(sizeof(float)); }

}  // namespace

std::shared_ptr<ExecutableState> compile_program(const ops::Program& program, const ExecutableOptions& options,
                                                 const Formulation& formulation) {
  const int threads = thread_count(options.threads);
  const ops::Precision precision = ops::precision_of(options.precision);
  std::vector<std::string> without = formulation.without;
  if (precision == ops::Precision::bf16) without.push_back("use_winograd");  // its kernels compute in float32
  const ops::Program optimized = ops::set_precision(ops::optimize(program, without, formulation.with), precision);
  auto state = lower_in_parts(optimized, {.threads = threads, .formulation = formulation}, options);
  state->precision = options.precision;
  return state;
}

std::shared_ptr<ExecutableState> lower_program(ops::Program program, const LoweringOptions& options) {
  auto state = std::make_shared<ExecutableState>();
  state->threads = options.threads;
  state->formulation = options.formulation;
  state->parts = options.parts;
  state->program = std::move(program);
  const ops::ThreadScope scope(options.threads);
  const Formulation& formulation = options.formulation;
  ops::Lowering lowering(state->program, options.threads, formulation.blocked, formulation.ways);
  lowering.lower();
  state->steps = std::move(lowering.steps());
  state->buffers = std::move(lowering.buffers());
  state->inputs = lowering.inputs();
  state->outputs = lowering.outputs();
  for (const Step& step : state->steps) (step.prepared ? state->prepared : state->main).push_back(&step);
  collect_variables(*state, lowering);
  state->kept = prepared_buffers(state->prepared, state->main, state->buffers, state->read);
  plan_buffers(*state);
  return state;
}

std::shared_ptr<const ExecutableState> ExecutableState::with_threads(int count) const {
  const std::lock_guard lock(siblings_mutex_);
  std::shared_ptr<const ExecutableState>& sibling = siblings_[count];
  if (!sibling) {
    auto made = lower_program(program, {.threads = count, .formulation = formulation, .parts = parts});
    made->precision = precision;
    sibling = std::move(made);
  }
  return sibling;
}

// -- Executable
// -----------------------------------------------------------------------------------------------------------

Executable::Executable(const ops::Program& program, const ExecutableOptions& options)
    : state_(compile(program, options)) {
  if (env::debug() >= 1)
    std::cerr << cat("graft: compiled ", state_->program.instructions.size(), " instructions to ", state_->main.size(),
                     " steps, ", reorders(), " reorders, ", peak_bytes(), " bytes (bound ", bound_bytes(), ")\n");
  if (env::debug() >= 2) std::cerr << report();
  if (env::debug() >= 3) std::cerr << state_->program.text();
}

Context Executable::context(const ContextOptions& options) const {
  if (options.threads == 0 || options.threads == threads()) return Context(state_);
  return Context(state_->with_threads(thread_count(options.threads)));
}
const ops::Program& Executable::program() const { return state_->program; }
int Executable::threads() const { return state_->threads; }
const std::string& Executable::precision() const { return state_->precision; }
int64_t Executable::peak_bytes() const { return static_cast<int64_t>(state_->arena_bytes); }
int64_t Executable::bound_bytes() const { return static_cast<int64_t>(state_->bound_bytes); }

int64_t Executable::weights_bytes() const {
  auto bytes = static_cast<int64_t>(packed_bytes(*state_));
  for (const Variable& v : state_->read) bytes += shape_bytes(v);
  for (const auto& u : state_->updated) bytes += static_cast<int64_t>(u.layout.get_size());
  return bytes;
}

const std::string& Executable::tuning() const { return state_->tuning; }
int64_t Executable::parts() const { return static_cast<int64_t>(state_->parts); }

int Executable::reorders() const {
  return static_cast<int>(
      std::count_if(state_->main.begin(), state_->main.end(), [](const Step* s) { return s->primitive == "reorder"; }));
}

int Executable::ref_steps() const {
  return static_cast<int>(std::count_if(state_->main.begin(), state_->main.end(), [](const Step* s) {
    return s->primitive != "copy" && s->primitive != "reorder" && onednn::is_reference(s->implementation);
  }));
}

}  // namespace graft
