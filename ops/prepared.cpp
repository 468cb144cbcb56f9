#include "graft/ops/prepared.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "graft/core/memory.h"
#include "graft/ops/executable_state.h"

namespace graft {

using ops::BufferKind;
using ops::Step;

// -- derivations ------------------------------------------------------------------------------------------------------

std::shared_ptr<Derivation> Derivation::of(std::string key, std::vector<ops::memory::desc> layouts,
                                           std::vector<std::shared_ptr<Derivation>> from) {
  static std::mutex mutex;  // guards what follows
  static std::unordered_multimap<std::string, std::weak_ptr<Derivation>> known;
  static uint64_t last_id = 0;
  static size_t sweep_at = 256;

  for (const auto& source : from) key += cat(' ', source ? source->id_ : 0);
  const std::lock_guard lock(mutex);
  const auto [begin, end] = known.equal_range(key);
  for (auto at = begin; at != end; ++at)
    if (const auto found = at->second.lock(); found && found->layouts_ == layouts) return found;
  if (known.size() >= sweep_at) {
    std::erase_if(known, [](const auto& entry) { return entry.second.expired(); });
    sweep_at = std::max<size_t>(256, 2 * known.size());
  }
  auto made = std::make_shared<Derivation>();
  made->layouts_ = std::move(layouts);
  made->from_ = std::move(from);
  made->id_ = ++last_id;
  known.emplace(std::move(key), made);
  return made;
}

std::shared_ptr<Packed> Derivation::find(const std::vector<uint64_t>& versions) const {
  const std::lock_guard lock(mutex_);
  return latest_ && latest_->versions == versions ? latest_ : nullptr;
}

std::shared_ptr<Packed> Derivation::make(size_t bytes, std::vector<uint64_t> versions) {
  {
    const std::lock_guard lock(mutex_);
    latest_.reset();  // of older versions
  }
  std::shared_ptr<std::byte> memory = spare_->take();
  if (!memory) memory = zeroed_memory(bytes, "packed weights");
  return std::make_shared<Packed>(std::move(memory), std::move(versions), spare_);
}

void Spare::give(std::shared_ptr<std::byte> memory) {
  const std::lock_guard lock(mutex_);
  memory_ = std::move(memory);
}

std::shared_ptr<std::byte> Spare::take() {
  const std::lock_guard lock(mutex_);
  return std::move(memory_);
}

std::shared_ptr<Packed> Derivation::keep(std::shared_ptr<Packed> made) {
  const std::lock_guard lock(mutex_);
  if (!latest_ || latest_->versions != made->versions) latest_ = std::move(made);
  return latest_;
}

// -- the derivations of an Executable ---------------------------------------------------------------------------------

namespace {

std::string text_of(const Step& step) {
  std::string text = cat(step.primitive, '|', step.implementation);
  if (!step.moves) text += cat('|', step.settings);
  if (!step.same_for_any_threads) text += cat("|threads ", step.threads);
  return text;
}

std::string text_of(const ops::Buffer& buffer) {
  constexpr size_t kSpelled = 1 << 12;  // bytes; larger constants are the same when they are the same memory
  const Tensor& constant = buffer.constant;
  if (constant.bytes() > kSpelled) return cat("constant at ", static_cast<const void*>(constant.raw()));
  return "constant " + std::string(reinterpret_cast<const char*>(constant.raw()), constant.bytes());
}

// Follows the prepared steps in their order.
class Tracer {
 public:
  Tracer(const std::vector<ops::Buffer>& buffers, const std::vector<Variable>& read)
      : buffers_(buffers), derivations_(buffers.size()), sources_(buffers.size()) {
    for (size_t i = 0; i < read.size(); ++i) index_[&read[i].state()] = i;
  }

  void follow(const Step& step) {
    std::string key = text_of(step);
    std::vector<ops::memory::desc> layouts;
    std::vector<std::shared_ptr<Derivation>> from;
    std::set<size_t> sources;
    for (const ops::Argument& a : step.arguments) {
      const auto b = static_cast<size_t>(a.operand.buffer);
      layouts.push_back(a.operand.md);
      key += cat('|', a.id, a.written ? 'w' : 'r');
      // What a step writes may keep a part of what was there before.
      if (buffers_[b].kind == BufferKind::constant)
        key += text_of(buffers_[b]);
      else
        from.push_back(derivations_[b]);
      sources.insert(sources_[b].begin(), sources_[b].end());
      if (a.written && step.primitive == "load") {
        const VariableState* variable = &buffers_[b].variable.state();
        key += cat(" variable at ", static_cast<const void*>(variable));
        sources.insert(index_.at(variable));
      }
    }
    for (size_t k = 0; k < step.arguments.size(); ++k) {
      const ops::Argument& a = step.arguments[k];
      if (!a.written || a.id == DNNL_ARG_SCRATCHPAD) continue;
      const auto b = static_cast<size_t>(a.operand.buffer);
      derivations_[b] = Derivation::of(cat(key, "|to ", k), layouts, from);
      sources_[b] = sources;
    }
  }

  PreparedBuffer operator[](size_t buffer) const {
    return {buffer, derivations_[buffer], {sources_[buffer].begin(), sources_[buffer].end()}};
  }

 private:
  const std::vector<ops::Buffer>& buffers_;
  std::vector<std::shared_ptr<Derivation>> derivations_;  // by buffer
  std::vector<std::set<size_t>> sources_;                 // by buffer
  std::map<const VariableState*, size_t> index_;
};

}  // namespace

// -- sets ---------------------------------------------------------------------------------------------------------

bool ExecutableState::up_to_date(const PreparedSet& set) const {
  for (size_t i = 0; i < read.size(); ++i)
    if (read[i].state().version.load(std::memory_order_acquire) != set.versions[i]) return false;
  return true;
}

bool ExecutableState::prepare(std::shared_ptr<PreparedSet>& held) const {
  if (kept.empty() || (held && up_to_date(*held))) return false;
  held.reset();
  const std::lock_guard lock(mutex_);
  if (!current_ || !up_to_date(*current_)) {
    current_.reset();  // what no other Context holds is free to be written again
    current_ = make_set();
  }
  held = current_;
  return true;
}

std::shared_ptr<PreparedSet> ExecutableState::make_set() const {
  const VariableLock lock(read, VariableLock::Access::read);
  auto set = std::make_shared<PreparedSet>();
  for (const Variable& v : read) set->versions.push_back(v.version());
  std::vector<size_t> stale;
  for (size_t i = 0; i < kept.size(); ++i) {
    std::vector<uint64_t> versions;
    for (const size_t source : kept[i].sources) versions.push_back(set->versions[source]);
    set->buffers.push_back(kept[i].derivation->find(versions));
    if (set->buffers[i]) continue;
    stale.push_back(i);
    set->buffers[i] = kept[i].derivation->make(buffers[kept[i].buffer].bytes, std::move(versions));
  }
  fill(stale, set->buffers);
  for (const size_t i : stale) set->buffers[i] = kept[i].derivation->keep(std::move(set->buffers[i]));
  return set;
}

// The prepared steps that lead to some of the kept buffers; the others are there already.
std::vector<const Step*> ExecutableState::steps_to(const std::vector<size_t>& stale) const {
  std::vector<bool> needed(buffers.size()), there(buffers.size());
  for (const PreparedBuffer& k : kept) there[k.buffer] = true;
  for (const size_t i : stale) {
    there[kept[i].buffer] = false;
    needed[kept[i].buffer] = true;
  }
  std::vector<const Step*> chain;
  for (auto at = prepared.rbegin(); at != prepared.rend(); ++at) {
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

void ExecutableState::fill(const std::vector<size_t>& stale, const std::vector<std::shared_ptr<Packed>>& into) const {
  if (stale.empty()) return;
  const auto between = zeroed_memory(preparing_bytes, "the memory to pack weights");
  std::vector<void*> addresses(buffers.size(), nullptr);
  for (size_t b = 0; b < buffers.size(); ++b) {
    if (buffers[b].kind == BufferKind::prepared) addresses[b] = between.get() + offsets[b];
    if (buffers[b].kind == BufferKind::constant) addresses[b] = const_cast<std::byte*>(buffers[b].constant.raw());
  }
  for (size_t i = 0; i < kept.size(); ++i) addresses[kept[i].buffer] = into[i]->memory.get();
  const std::vector<const Step*> chain = steps_to(stale);
  // A step with several results may make one that is there already, where others are reading it.
  std::vector<std::shared_ptr<std::byte>> again;
  std::set<size_t> ours;
  for (const size_t i : stale) ours.insert(kept[i].buffer);
  for (const PreparedBuffer& k : kept) {
    if (ours.contains(k.buffer)) continue;
    for (const Step* step : chain)
      for (const ops::Argument& a : step->arguments)
        if (a.written && static_cast<size_t>(a.operand.buffer) == k.buffer)
          addresses[k.buffer] = again.emplace_back(zeroed_memory(buffers[k.buffer].bytes, "packed weights")).get();
  }
  Runner runner(chain, buffers.size(), threads);
  runner.bind(addresses);
  runner.run(0);
}

std::vector<PreparedBuffer> prepared_buffers(const std::vector<const Step*>& prepared,
                                             const std::vector<const Step*>& main,
                                             const std::vector<ops::Buffer>& buffers,
                                             const std::vector<Variable>& read) {
  Tracer tracer(buffers, read);
  for (const Step* step : prepared) tracer.follow(*step);
  std::set<size_t> wanted;
  for (const Step* step : main)
    for (const ops::Argument& a : step->arguments)
      if (buffers[static_cast<size_t>(a.operand.buffer)].kind == BufferKind::prepared)
        wanted.insert(static_cast<size_t>(a.operand.buffer));
  std::vector<PreparedBuffer> out;
  for (const size_t b : wanted) out.push_back(tracer[b]);
  return out;
}

}  // namespace graft
