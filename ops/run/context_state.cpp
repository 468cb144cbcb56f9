#include "graft/ops/run/context_state.h"

#include "graft/core/error.h"
#include "graft/core/memory.h"
#include "graft/core/random.h"
#include "graft/ops/program/variable_state.h"
#include "graft/ops/run/prepare.h"

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
  if (prepare(executable, context_.prepared)) {
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

// A run that threw counts too, because it may have changed variables before.
RunScope::~RunScope() {
  for (VariableState* v : context_.executable->to_update) ++v->version;
  ++context_.runs;
}

}  // namespace graft
