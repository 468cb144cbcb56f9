#include "graft/ops/program/variable_state.h"

#include <cstring>

#include "graft/core/error.h"
#include "graft/core/memory.h"

namespace graft {

static void reorder(const onednn::memory::desc& from, void* source, const onednn::memory::desc& to, void* destination) {
  if (from == to) {
    std::memcpy(destination, source, from.get_size());
    return;
  }
  dnnl::memory src(from, onednn::engine(), source), dst(to, onednn::engine(), destination);
  dnnl::stream stream(onednn::engine());
  dnnl::reorder(src, dst).execute(stream, src, dst);
  stream.wait();
}

void VariableState::read(const onednn::memory::desc& wanted, void* destination) const {
  onednn::guarded("read " + name, [&] { reorder(layout, buffer.get(), wanted, destination); });
}

void VariableState::write(const onednn::memory::desc& given, const void* source) {
  onednn::guarded("assign " + name, [&] { reorder(given, const_cast<void*>(source), layout, buffer.get()); });
  ++version;
}

void* VariableState::adopt(const onednn::memory::desc& wanted) {
  if (layout != wanted) {
    auto moved = zeroed_memory(wanted.get_size(), cat("variable \"", name, '"'));
    onednn::guarded("lay out " + name, [&] { reorder(layout, buffer.get(), wanted, moved.get()); });
    buffer = std::move(moved);
    layout = wanted;
  }
  return buffer.get();
}

}  // namespace graft
