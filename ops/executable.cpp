#include "graft/ops/executable.h"

#include <algorithm>
#include <cstring>
#include <iostream>
#include <set>

#include "graft/core/env.h"
#include "graft/core/memory.h"
#include "graft/core/random.h"
#include "graft/ops/executable_state.h"
#include "graft/ops/memory_plan.h"
#include "graft/ops/passes/passes.h"

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

/// Lays the buffers of one kind out in one block, by when the steps of one list touch them.
class Planner {
 public:
  Planner(ExecutableState& state, std::vector<const Step*> steps, BufferKind kind)
      : state_(state),
        steps_(std::move(steps)),
        kind_(kind),
        first_(state.buffers.size(), -1),
        last_(state.buffers.size(), -1),
        root_(state.buffers.size()) {
    for (size_t b = 0; b < root_.size(); ++b) root_[b] = b;
    for (size_t k = 0; k < steps_.size(); ++k)
      for (const ops::Argument& a : steps_[k]->arguments)
        touch(static_cast<size_t>(a.operand.buffer), static_cast<int>(k));
  }

  void keep(size_t buffer) { last_[buffer] = static_cast<int>(steps_.size()); }
  void hold(size_t buffer) {
    first_[buffer] = 0;
    keep(buffer);
  }

  ops::MemoryPlan run() {
    for (size_t k = 0; k < steps_.size(); ++k)
      for (const auto& [read, written] : steps_[k]->in_place) share(*steps_[k], static_cast<int>(k), read, written);
    std::vector<ops::Lifetime> lifetimes;
    std::vector<size_t> owners;
    for (size_t b = 0; b < root_.size(); ++b)
      if (first_[b] >= 0 && root_[b] == b && planned(b)) {
        lifetimes.push_back({state_.buffers[b].bytes, first_[b], last_[b]});
        owners.push_back(b);
      }
    ops::MemoryPlan plan = ops::plan_memory(lifetimes);
    for (size_t i = 0; i < owners.size(); ++i) state_.offsets[owners[i]] = plan.offsets[i];
    for (size_t b = 0; b < root_.size(); ++b)
      if (planned(b)) state_.offsets[b] = state_.offsets[find(b)];
    return plan;
  }

 private:
  bool planned(size_t b) const {
    const BufferKind kind = state_.buffers[b].kind;
    return kind == kind_ || (kind_ == BufferKind::temporary && kind == BufferKind::input);
  }
  void touch(size_t b, int step) {
    if (first_[b] < 0) first_[b] = step;
    last_[b] = std::max(last_[b], step);
  }
  size_t find(size_t b) const {
    while (root_[b] != b) b = root_[b];
    return b;
  }
  // The written buffer takes the memory of one that is read here for the last time.
  void share(const Step& step, int k, size_t read, size_t written) {
    const auto w = static_cast<size_t>(step.arguments[written].operand.buffer);
    const size_t r = find(static_cast<size_t>(step.arguments[read].operand.buffer));
    const auto& buffers = state_.buffers;
    if (root_[w] != w || w == r || buffers[r].kind != kind_ || buffers[w].kind != kind_ || last_[r] != k ||
        first_[w] != k || buffers[r].bytes < buffers[w].bytes)
      return;
    root_[w] = r;
    last_[r] = last_[w];
  }

  ExecutableState& state_;
  std::vector<const Step*> steps_;
  BufferKind kind_;
  std::vector<int> first_, last_;
  std::vector<size_t> root_;
};

void plan(ExecutableState& state) {
  state.offsets.assign(state.buffers.size(), 0);
  Planner arena(state, state.main, BufferKind::temporary);
  for (const ops::Operand& o : state.inputs) arena.hold(static_cast<size_t>(o.buffer));
  for (const ops::Operand& o : state.outputs) arena.keep(static_cast<size_t>(o.buffer));
  const ops::MemoryPlan plan = arena.run();
  state.arena_bytes = plan.total;
  state.bound_bytes = plan.bound;

  Planner prepared(state, state.prepared, BufferKind::prepared);
  for (const Step* step : state.main)
    for (const ops::Argument& a : step->arguments)
      if (state.buffers[static_cast<size_t>(a.operand.buffer)].kind == BufferKind::prepared)
        prepared.keep(static_cast<size_t>(a.operand.buffer));
  state.prepared_bytes = prepared.run().total;
}

void collect_variables(ExecutableState& state, const ops::Lowering& lowering) {
  for (const auto& [id, layout] : lowering.variable_layouts())
    state.updated.push_back(
        {state.program.values[static_cast<size_t>(id)].variable, layout, lowering.variable_buffer(id)});
  std::set<const VariableState*> seen;
  for (const Buffer& b : state.buffers)
    if (b.kind == BufferKind::prepared && b.variable && seen.insert(&b.variable.state()).second)
      state.read.push_back(b.variable);
}

std::shared_ptr<ExecutableState> lower(ops::Program program, int threads) {
  auto state = std::make_shared<ExecutableState>();
  state->threads = threads;
  state->program = ops::optimize(program);
  const ops::ThreadScope scope(threads);
  ops::Lowering lowering(state->program, threads);
  lowering.lower();
  state->steps = std::move(lowering.steps());
  state->buffers = std::move(lowering.buffers());
  state->inputs = lowering.inputs();
  state->outputs = lowering.outputs();
  for (const Step& step : state->steps) (step.prepared ? state->prepared : state->main).push_back(&step);
  collect_variables(*state, lowering);
  plan(*state);
  return state;
}

int64_t shape_bytes(const Variable& v) { return v.shape().elements() * static_cast<int64_t>(sizeof(float)); }

}  // namespace

// -- prepared weights
// -----------------------------------------------------------------------------------------------------

static std::vector<uint64_t> versions_of(const std::vector<Variable>& variables) {
  std::vector<uint64_t> out;
  for (const Variable& v : variables) out.push_back(v.version());
  return out;
}

bool ExecutableState::prepare(std::shared_ptr<PreparedSet>& held) const {
  if (prepared.empty()) return false;
  const std::lock_guard lock(mutex_);
  const std::vector<uint64_t> now = versions_of(read);
  if (!current_ || current_->versions != now) {
    held.reset();
    if (!current_ || current_.use_count() > 1)  // another Context still runs on the old weights
      current_ = std::make_shared<PreparedSet>(PreparedSet{zeroed_memory(prepared_bytes, "packed weights"), {}});
    current_->versions = now;
    fill(*current_);
  }
  if (held == current_) return false;
  held = current_;
  return true;
}

void ExecutableState::fill(PreparedSet& set) const {
  std::vector<void*> addresses(buffers.size(), nullptr);
  for (size_t b = 0; b < buffers.size(); ++b) {
    if (buffers[b].kind == BufferKind::prepared) addresses[b] = set.memory.get() + offsets[b];
    if (buffers[b].kind == BufferKind::constant) addresses[b] = const_cast<std::byte*>(buffers[b].constant.raw());
  }
  Runner runner(prepared, buffers.size(), threads);
  runner.bind(addresses);
  runner.run(0);
}

// -- Executable
// -----------------------------------------------------------------------------------------------------------

Executable::Executable(ops::Program program, const ExecutableOptions& options)
    : state_(lower(std::move(program), thread_count(options.threads))) {
  if (env::debug() >= 1)
    std::cerr << cat("graft: compiled ", state_->program.instructions.size(), " instructions to ", state_->main.size(),
                     " steps, ", reorders(), " reorders, ", peak_bytes(), " bytes (bound ", bound_bytes(), ")\n");
  if (env::debug() >= 2) std::cerr << report();
  if (env::debug() >= 3) std::cerr << state_->program.text();
}

Context Executable::context() const { return Context(*this); }
const ops::Program& Executable::program() const { return state_->program; }
int Executable::threads() const { return state_->threads; }
int64_t Executable::peak_bytes() const { return static_cast<int64_t>(state_->arena_bytes); }
int64_t Executable::bound_bytes() const { return static_cast<int64_t>(state_->bound_bytes); }

int64_t Executable::weights_bytes() const {
  auto bytes = static_cast<int64_t>(state_->prepared_bytes);
  for (const Variable& v : state_->read) bytes += shape_bytes(v);
  for (const auto& u : state_->updated) bytes += static_cast<int64_t>(u.layout.get_size());
  return bytes;
}

int Executable::reorders() const {
  return static_cast<int>(
      std::count_if(state_->main.begin(), state_->main.end(), [](const Step* s) { return s->primitive == "reorder"; }));
}

int Executable::ref_steps() const {
  return static_cast<int>(std::count_if(state_->main.begin(), state_->main.end(), [](const Step* s) {
    return s->primitive != "copy" && s->primitive != "reorder" && onednn::is_reference(s->implementation);
  }));
}

// -- Context
// ----------------------------------------------------------------------------------------------------------------

ContextState::ContextState(std::shared_ptr<const ExecutableState> compiled)
    : executable(std::move(compiled)),
      arena(zeroed_memory(executable->arena_bytes, "the memory of a Context")),
      addresses(executable->buffers.size(), nullptr),
      runner(executable->main, executable->buffers.size(), executable->threads),
      seed(next_random_stream().next()) {
  for (size_t b = 0; b < addresses.size(); ++b) {
    const Buffer& buffer = executable->buffers[b];
    if (buffer.kind == BufferKind::temporary || buffer.kind == BufferKind::input)
      addresses[b] = arena.get() + executable->offsets[b];
    if (buffer.kind == BufferKind::constant) addresses[b] = const_cast<std::byte*>(buffer.constant.raw());
  }
}

void ContextState::refresh() {
  bool moved = runs == 0;
  for (const auto& u : executable->updated) {
    void* now = u.variable.state().adopt(u.layout);
    void*& address = addresses[static_cast<size_t>(u.buffer)];
    moved = moved || now != address;
    address = now;
  }
  if (executable->prepare(prepared)) {
    moved = true;
    for (size_t b = 0; b < addresses.size(); ++b)
      if (executable->buffers[b].kind == BufferKind::prepared)
        addresses[b] = prepared->memory.get() + executable->offsets[b];
  }
  if (moved) runner.bind(addresses);
}

void ContextState::finish() {
  for (const auto& u : executable->updated) ++u.variable.state().version;
  ++runs;
}

Context::Context(const Executable& executable) : state_(std::make_unique<ContextState>(executable.state())) {}
Context::~Context() = default;
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;

size_t Context::inputs() const { return state_->executable->inputs.size(); }
size_t Context::outputs() const { return state_->executable->outputs.size(); }
void Context::set_seed(uint64_t seed) { state_->seed = seed; }

static Binding binding(const ContextState& state, const std::vector<ops::Operand>& operands, const ops::Values& values,
                       size_t index, const char* what) {
  if (index >= operands.size())
    throw ShapeError(cat("this program has ", operands.size(), ' ', what, "s; received index ", index));
  const ops::ValueInfo& info = state.executable->program[values[index]];
  return Binding(Shape(info.dims), DType::f32, state.addresses[static_cast<size_t>(operands[index].buffer)],
                 info.name.empty() ? cat(what, ' ', index) : info.name);
}

Binding Context::input(size_t index) const {
  return binding(*state_, state_->executable->inputs, state_->executable->program.inputs, index, "input");
}

Binding Context::input(const std::string& name) const {
  const ops::Program& program = state_->executable->program;
  for (size_t i = 0; i < program.inputs.size(); ++i)
    if (program[program.inputs[i]].name == name) return input(i);
  throw ShapeError(cat("this program has no input \"", name, '"'));
}

Binding Context::output(size_t index) const {
  return binding(*state_, state_->executable->outputs, state_->executable->program.outputs, index, "output");
}

void Context::run() {
  const ops::ThreadScope scope(state_->executable->threads);
  state_->refresh();
  state_->runner.run(Random::hash(state_->seed, state_->runs));
  state_->finish();
}

}  // namespace graft
