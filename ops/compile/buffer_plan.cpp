#include "graft/ops/compile/buffer_plan.h"

#include <algorithm>

#include "graft/ops/lower/memory_plan.h"

namespace graft {

namespace {

using ops::BufferKind;
using ops::Step;

/// Lays out some of the buffers in one block of memory, by the steps of one list that read and write them.
class Planner {
 public:
  /// `planned[b]` says whether buffer b is one of them.
  Planner(ExecutableState& state, std::vector<const Step*> steps, std::vector<bool> planned)
      : state_(state),
        steps_(std::move(steps)),
        planned_(std::move(planned)),
        first_(state.buffers.size(), -1),
        last_(state.buffers.size(), -1),
        root_(state.buffers.size()),
        bytes_(state.buffers.size()) {
    for (size_t b = 0; b < bytes_.size(); ++b) bytes_[b] = state.buffers[b].bytes;
    for (size_t b = 0; b < root_.size(); ++b) root_[b] = b;
    for (size_t k = 0; k < steps_.size(); ++k)
      for (const ops::Argument& a : steps_[k]->arguments)
        touch(static_cast<size_t>(a.operand.buffer), static_cast<int>(k));
  }

  /// Keeps the buffer alive to the end of the steps.
  void keep(size_t buffer) { last_[buffer] = static_cast<int>(steps_.size()); }
  /// Keeps the buffer alive during all steps.
  void hold(size_t buffer) {
    first_[buffer] = 0;
    keep(buffer);
  }
  /// Keeps a buffer that each part of a run reads or writes in its own rows: during all steps, with memory for all
  /// parts.
  void hold_parts(size_t buffer) {
    hold(buffer);
    bytes_[buffer] = state_.buffers[buffer].bytes * state_.parts;
  }

  ops::MemoryPlan run() {
    for (size_t k = 0; k < steps_.size(); ++k)
      for (const auto& [read, written] : steps_[k]->in_place) share(*steps_[k], static_cast<int>(k), read, written);
    std::vector<ops::Lifetime> lifetimes;
    std::vector<size_t> owners;
    for (size_t b = 0; b < root_.size(); ++b)
      if (first_[b] >= 0 && root_[b] == b && planned_[b]) {
        lifetimes.push_back({bytes_[b], first_[b], last_[b]});
        owners.push_back(b);
      }
    ops::MemoryPlan plan = ops::plan_memory(lifetimes);
    for (size_t i = 0; i < owners.size(); ++i) state_.offsets[owners[i]] = plan.offsets[i];
    for (size_t b = 0; b < root_.size(); ++b)
      if (planned_[b]) state_.offsets[b] = state_.offsets[find(b)];
    return plan;
  }

 private:
  void touch(size_t b, int step) {
    if (first_[b] < 0) first_[b] = step;
    last_[b] = std::max(last_[b], step);
  }
  size_t find(size_t b) const {
    while (root_[b] != b) b = root_[b];
    return b;
  }
  // Gives the written buffer the memory of the read one, if this step is the last to read that and its memory may be
  // reused.
  void share(const Step& step, int k, size_t read, size_t written) {
    const auto w = static_cast<size_t>(step.arguments[written].operand.buffer);
    const size_t r = find(static_cast<size_t>(step.arguments[read].operand.buffer));
    if (root_[w] != w || w == r || !planned_[r] || !planned_[w] || state_.buffers[r].kind == BufferKind::input ||
        last_[r] != k || first_[w] != k || bytes_[r] < bytes_[w])
      return;
    root_[w] = r;
    last_[r] = last_[w];
  }

  ExecutableState& state_;
  std::vector<const Step*> steps_;
  std::vector<bool> planned_;
  std::vector<int> first_, last_;
  std::vector<size_t> root_;
  std::vector<size_t> bytes_;
};

}  // namespace

void plan_buffers(ExecutableState& state) {
  const size_t count = state.buffers.size();
  std::vector<bool> in_arena(count), in_between(count);
  for (size_t b = 0; b < count; ++b) {
    const BufferKind kind = state.buffers[b].kind;
    in_arena[b] = kind == BufferKind::temporary || kind == BufferKind::input;
    in_between[b] = kind == BufferKind::prepared;
  }
  for (const PreparedBuffer& kept : state.kept) in_between[kept.buffer] = false;

  state.offsets.assign(count, 0);
  Planner arena(state, state.main, in_arena);
  for (const ops::Operand& o : state.inputs) arena.hold_parts(static_cast<size_t>(o.buffer));
  for (const ops::Operand& o : state.outputs)
    state.parts == 1 ? arena.keep(static_cast<size_t>(o.buffer)) : arena.hold_parts(static_cast<size_t>(o.buffer));
  const ops::MemoryPlan plan = arena.run();
  state.arena_bytes = plan.total;
  state.bound_bytes = plan.bound;
  state.preparing_bytes = Planner(state, state.prepared, in_between).run().total;
}

}  // namespace graft
