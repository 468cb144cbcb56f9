// What one caller runs an Executable with.

#include "graft/core/memory.h"
#include "graft/core/random.h"
#include "graft/ops/executable_state.h"

namespace graft {

using ops::Buffer;
using ops::BufferKind;

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

void ContextState::enter(size_t part) {
  std::vector<void*> here = addresses;
  for (const auto* operands : {&executable->inputs, &executable->outputs})
    for (const ops::Operand& o : *operands) {
      const auto b = static_cast<size_t>(o.buffer);
      here[b] = static_cast<std::byte*>(addresses[b]) + part * executable->buffers[b].bytes;
    }
  runner.bind(here);
}

RunScope::Claim::Claim(std::atomic_flag& flag) : running(flag) {
  if (!running.test_and_set(std::memory_order_acquire)) return;
  ConfigError error("this Context is in use by another thread");
  error.hint("one Context per thread: exe.context().");
  throw error;
}

RunScope::RunScope(ContextState& context)
    : context_(context), claim_(context.running), threads_(context.executable->threads) {
  refresh();
}

void RunScope::refresh() {
  const ExecutableState& executable = *context_.executable;
  std::vector<void*>& addresses = context_.addresses;
  bool moved = context_.runs == 0;
  if (executable.prepare(context_.prepared)) {
    moved = true;
    for (size_t i = 0; i < executable.kept.size(); ++i)
      addresses[executable.kept[i].buffer] = context_.prepared->buffers[i]->memory.get();
  }
  if (!executable.updated.empty()) lock_.emplace(executable.to_update, VariableLock::Access::write);
  for (const auto& u : executable.updated) {
    void* now = u.variable.state().adopt(u.layout);
    void*& address = addresses[static_cast<size_t>(u.buffer)];
    moved = moved || now != address;
    address = now;
  }
  if (moved) context_.runner.bind(addresses);
}

// Also after a run that threw: what it had already changed is changed.
RunScope::~RunScope() {
  for (VariableState* v : context_.executable->to_update) ++v->version;
  ++context_.runs;
}

Context::Context(std::shared_ptr<const ExecutableState> executable)
    : state_(std::make_unique<ContextState>(std::move(executable))) {}
Context::~Context() = default;
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;

int Context::threads() const { return state_->executable->threads; }
size_t Context::inputs() const { return state_->executable->inputs.size(); }
size_t Context::outputs() const { return state_->executable->outputs.size(); }
void Context::set_seed(uint64_t seed) { state_->seed = seed; }

static Binding binding(const ContextState& state, const std::vector<ops::Operand>& operands, const ops::Values& values,
                       size_t index, const char* what) {
  if (index >= operands.size())
    throw ShapeError(cat("this program has ", operands.size(), ' ', what, "s; received index ", index));
  const ops::ValueInfo& info = state.executable->program[values[index]];
  ops::Dims dims = info.dims;
  dims[0] *= static_cast<int64_t>(state.executable->parts);
  return Binding(Shape(dims), DType::f32, state.addresses[static_cast<size_t>(operands[index].buffer)],
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
  const RunScope scope(*state_);
  const uint64_t seed = Random::hash(state_->seed, state_->runs);
  const size_t parts = state_->executable->parts;
  for (size_t part = 0; part < parts; ++part) {
    if (parts > 1) state_->enter(part);
    state_->runner.run(seed);
  }
}

}  // namespace graft
