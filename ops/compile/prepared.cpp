#include "graft/ops/compile/prepared.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "graft/core/memory.h"

namespace graft {

using ops::BufferKind;
using ops::Step;

// -- derivations ------------------------------------------------------------------------------------------------------

std::shared_ptr<Derivation> Derivation::of(std::string key, std::vector<ops::memory::desc> layouts,
                                           std::vector<std::shared_ptr<Derivation>> from) {
  static std::mutex mutex;  // guards the statics below
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
    latest_.reset();  // without other holders this gives its memory to spare_
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
  if (!moves(step.kind)) text += cat('|', step.settings);
  if (!step.same_for_any_threads) text += cat("|threads ", step.threads);
  return text;
}

std::string text_of(const ops::Buffer& buffer) {
  constexpr size_t kSpelled = 1 << 12;  // bytes; larger constants are compared by address only
  const Tensor& constant = buffer.constant;
  if (constant.bytes() > kSpelled) return cat("constant at ", static_cast<const void*>(constant.raw()));
  return "constant " + std::string(reinterpret_cast<const char*>(constant.raw()), constant.bytes());
}

// Follows the prepared steps in their order, and records how each buffer is made.
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
      // Written operands count too, because a step may keep a part of what its destination held before.
      if (buffers_[b].kind == BufferKind::constant)
        key += text_of(buffers_[b]);
      else
        from.push_back(derivations_[b]);
      sources.insert(sources_[b].begin(), sources_[b].end());
      if (a.written && step.kind == ops::StepKind::load) {
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
