#include "graft/ops/program/variable.h"

#include <cstring>

#include "graft/core/error.h"
#include "graft/core/memory.h"
#include "graft/ops/program/variable_lock.h"
#include "graft/ops/program/variable_state.h"

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

const std::string& Variable::name() const& { return state_->name; }
const Shape& Variable::shape() const& { return state_->shape; }
bool Variable::trainable() const { return state_->trainable; }
uint64_t Variable::version() const { return state_->version; }

Tensor Variable::value() const { return values_of({*this}).front(); }

void Variable::assign(const Tensor& value) { graft::assign({*this}, std::span(&value, 1)); }

Tensors values_of(const Variables& variables) {
  Tensors values;
  for (const Variable& v : variables) values.emplace_back(v.shape());
  const VariableLock lock(variables, VariableLock::Access::read);
  for (size_t i = 0; i < values.size(); ++i)
    variables[i].state().read(plain_layout(values[i].shape()), values[i].raw());
  return values;
}

void assign(const Variables& variables, std::span<const Tensor> values) {
  std::vector<Tensor> floats;
  for (size_t i = 0; i < variables.size(); ++i) {
    if (values[i].shape() != variables[i].shape())
      throw ShapeError(cat("variable \"", variables[i].name(), "\" has shape ", variables[i].shape(), "; received ",
                           values[i].shape()));
    floats.push_back(values[i].cast(DType::f32));
  }
  const VariableLock lock(variables, VariableLock::Access::write);
  for (size_t i = 0; i < floats.size(); ++i)
    variables[i].state().write(plain_layout(floats[i].shape()), floats[i].raw());
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
