#include "graft/ops/variable.h"

#include <cstring>

#include "graft/core/error.h"
#include "graft/core/memory.h"
#include "graft/ops/variable_state.h"

namespace graft {

namespace {

onednn::memory::desc plain_layout(const Shape& shape) {
  return onednn::row_major(shape.rank() == 0 ? std::vector<int64_t>{1} : shape.dims());
}

void reorder(const onednn::memory::desc& from, void* source, const onednn::memory::desc& to, void* destination) {
  if (from == to) {
    std::memcpy(destination, source, from.get_size());
    return;
  }
  dnnl::memory src(from, onednn::engine(), source), dst(to, onednn::engine(), destination);
  dnnl::stream stream(onednn::engine());
  dnnl::reorder(src, dst).execute(stream, src, dst);
  stream.wait();
}

}  // namespace

Variable::Variable(std::string name, Tensor value, bool trainable) : state_(std::make_shared<VariableState>()) {
  state_->name = std::move(name);
  state_->shape = value.shape();
  state_->trainable = trainable;
  state_->layout = plain_layout(value.shape());
  state_->buffer = zeroed_memory(state_->layout.get_size(), cat("variable \"", state_->name, '"'));
  std::memcpy(state_->buffer.get(), value.raw(), value.bytes());
}

const std::string& Variable::name() const { return state_->name; }
const Shape& Variable::shape() const { return state_->shape; }
bool Variable::trainable() const { return state_->trainable; }
uint64_t Variable::version() const { return state_->version; }

Tensor Variable::value() const {
  Tensor out(state_->shape);
  state_->read(plain_layout(state_->shape), out.raw());
  return out;
}

void Variable::assign(const Tensor& value) {
  if (value.shape() != state_->shape)
    throw ShapeError(cat("variable \"", name(), "\" has shape ", shape(), "; received ", value.shape()));
  const Tensor floats = value.cast(DType::f32);
  const std::lock_guard lock(state_->mutex);
  onednn::guarded("assign " + name(), [&] {
    reorder(plain_layout(state_->shape), const_cast<std::byte*>(floats.raw()), state_->layout, state_->buffer.get());
  });
  ++state_->version;
}

void VariableState::read(const onednn::memory::desc& wanted, void* destination) const {
  const std::lock_guard lock(mutex);
  onednn::guarded("read " + name, [&] { reorder(layout, buffer.get(), wanted, destination); });
}

void* VariableState::adopt(const onednn::memory::desc& wanted) {
  const std::lock_guard lock(mutex);
  if (layout != wanted) {
    auto moved = zeroed_memory(wanted.get_size(), cat("variable \"", name, '"'));
    onednn::guarded("lay out " + name, [&] { reorder(layout, buffer.get(), wanted, moved.get()); });
    buffer = std::move(moved);
    layout = wanted;
  }
  return buffer.get();
}

}  // namespace graft
