#include "graft/ops/run/prepare.h"

#include <algorithm>
#include <set>

#include "graft/core/memory.h"
#include "graft/ops/program/variable_lock.h"
#include "graft/ops/program/variable_state.h"
#include "graft/ops/run/runner.h"

namespace graft {

using ops::BufferKind;
using ops::Step;

static bool up_to_date(const ExecutableState& state, const PreparedSet& set) {
  for (size_t i = 0; i < state.read.size(); ++i)
    if (state.read[i].state().version.load(std::memory_order_acquire) != set.versions[i]) return false;
  return true;
}

// The prepared steps that compute the stale ones of the kept buffers, given that all other kept buffers are up to date.
static std::vector<const Step*> steps_to(const ExecutableState& state, const std::vector<size_t>& stale) {
  std::vector<bool> needed(state.buffers.size()), there(state.buffers.size());
  for (const PreparedBuffer& k : state.kept) there[k.buffer] = true;
  for (const size_t i : stale) {
    there[state.kept[i].buffer] = false;
    needed[state.kept[i].buffer] = true;
  }
  std::vector<const Step*> chain;
  for (auto at = state.prepared.rbegin(); at != state.prepared.rend(); ++at) {
    const auto& arguments = (*at)->arguments;
    if (std::none_of(arguments.begin(), arguments.end(), [&](const ops::Argument& a) {
          return a.written && needed[static_cast<size_t>(a.operand.buffer)];
        }))
      continue;
    for (const ops::Argument& a : arguments) {
      const auto b = static_cast<size_t>(a.operand.buffer);
      needed[b] = needed[b] || !there[b];
    }
    chain.push_back(*at);
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

static void fill(const ExecutableState& state, const std::vector<size_t>& stale,
                 const std::vector<std::shared_ptr<Packed>>& into) {
  if (stale.empty()) return;
  const auto between = zeroed_memory(state.preparing_bytes, "the memory to pack weights");
  std::vector<void*> addresses(state.buffers.size(), nullptr);
  for (size_t b = 0; b < state.buffers.size(); ++b) {
    if (state.buffers[b].kind == BufferKind::prepared) addresses[b] = between.get() + state.offsets[b];
    if (state.buffers[b].kind == BufferKind::constant)
      addresses[b] = const_cast<std::byte*>(state.buffers[b].constant.raw());
  }
  for (size_t i = 0; i < state.kept.size(); ++i) addresses[state.kept[i].buffer] = into[i]->memory.get();
  const std::vector<const Step*> chain = steps_to(state, stale);
  // A step with several results may also compute one that is up to date. Other Contexts may be reading that, so it is
  // written to memory that is thrown away.
  std::vector<std::shared_ptr<std::byte>> again;
  std::set<size_t> ours;
  for (const size_t i : stale) ours.insert(state.kept[i].buffer);
  for (const PreparedBuffer& k : state.kept) {
    if (ours.contains(k.buffer)) continue;
    for (const Step* step : chain)
      for (const ops::Argument& a : step->arguments)
        if (a.written && static_cast<size_t>(a.operand.buffer) == k.buffer)
          addresses[k.buffer] =
              again.emplace_back(zeroed_memory(state.buffers[k.buffer].bytes, "packed weights")).get();
  }
  Runner runner(chain, state.buffers.size(), state.threads);
  runner.bind(addresses);
  runner.run(0);
}

static std::shared_ptr<PreparedSet> make_set(const ExecutableState& state) {
  const VariableLock lock(variable_states(state.read), VariableLock::Access::read);
  auto set = std::make_shared<PreparedSet>();
  for (const Variable& v : state.read) set->versions.push_back(v.version());
  std::vector<size_t> stale;
  for (size_t i = 0; i < state.kept.size(); ++i) {
    std::vector<uint64_t> versions;
    for (const size_t source : state.kept[i].sources) versions.push_back(set->versions[source]);
    set->buffers.push_back(state.kept[i].derivation->find(versions));
    if (set->buffers[i]) continue;
    stale.push_back(i);
    set->buffers[i] = state.kept[i].derivation->make(state.buffers[state.kept[i].buffer].bytes, std::move(versions));
  }
  fill(state, stale, set->buffers);
  for (const size_t i : stale) set->buffers[i] = state.kept[i].derivation->keep(std::move(set->buffers[i]));
  return set;
}

bool prepare(const ExecutableState& state, std::shared_ptr<PreparedSet>& held) {
  if (state.kept.empty() || (held && up_to_date(state, *held))) return false;
  held.reset();
  const std::lock_guard lock(state.prepared_mutex);
  std::shared_ptr<PreparedSet>& current = state.latest_prepared;
  if (!current || !up_to_date(state, *current)) {
    current.reset();  // makes the buffers that no other Context holds reusable
    current = make_set(state);
  }
  held = current;
  return true;
}

}  // namespace graft
