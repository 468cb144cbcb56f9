#include "graft/ops/program/variable.h"

#include <algorithm>
#include <cstring>

#include "graft/core/error.h"
#include "graft/core/memory.h"
#include "graft/ops/program/variable_lock.h"
#include "graft/ops/program/variable_state.h"

namespace graft {

static onednn::memory::desc plain_layout(const Shape& shape) {
  return onednn::row_major(shape.rank() == 0 ? std::vector<int64_t>{1} : shape.dims());
}

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

std::vector<VariableState*> variable_states(const Variables& variables) {
  std::vector<VariableState*> states;
  for (const Variable& v : variables) states.push_back(&v.state());
  std::sort(states.begin(), states.end());
  states.erase(std::unique(states.begin(), states.end()), states.end());
  return states;
}

Tensors values_of(const Variables& variables) {
  Tensors values;
  for (const Variable& v : variables) values.emplace_back(v.shape());
  const VariableLock lock(variable_states(variables), VariableLock::Access::read);
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
  const VariableLock lock(variable_states(variables), VariableLock::Access::write);
  for (size_t i = 0; i < floats.size(); ++i)
    variables[i].state().write(plain_layout(floats[i].shape()), floats[i].raw());
}

}  // namespace graft
