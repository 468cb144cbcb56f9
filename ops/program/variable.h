#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graft/core/tensor.h"

namespace graft {

struct VariableState;  // ops/program/variable_state.h: the buffer, its layout and its version

/// Trainable or moving state: a weight, a statistic, an optimizer slot. A cheap handle; copies are the same variable.
/// It has one authoritative buffer, whose layout a training Executable may choose; `value` and `assign` always
/// use Keras's layout. Any thread may use it: a read waits for the training step that is changing it to end.
class Variable {
 public:
  Variable() = default;
  Variable(std::string name, Tensor value, bool trainable = true);

  explicit operator bool() const { return state_ != nullptr; }
  const std::string& name() const&;
  std::string name() && { return std::as_const(*this).name(); }
  const Shape& shape() const&;
  Shape shape() && { return std::as_const(*this).shape(); }
  Tensor value() const;              ///< a copy, in Keras's layout
  void assign(const Tensor& value);  ///< throws ShapeError naming the variable and both shapes
  /// As it was made: kernels are, moving statistics are not. (The trainer decides whether a step moves it.)
  bool trainable() const;
  uint64_t version() const;  ///< grows with every change

  VariableState& state() const& { return *state_; }
  VariableState& state() const&& = delete;
  const std::shared_ptr<VariableState>& shared_state() const& { return state_; }
  std::shared_ptr<VariableState> shared_state() && { return std::move(state_); }
  bool operator==(const Variable&) const = default;  ///< the same variable, not the same values

 private:
  std::shared_ptr<VariableState> state_;
};

using Variables = std::vector<Variable>;

/// What a normalisation does in a training step.
enum class Statistics {
  update,      ///< it normalises by the batch, and its moving statistics follow
  batch_only,  ///< it normalises by the batch; the moving statistics stay
  frozen,      ///< it normalises by the moving statistics, which stay
};

/// What the handles point to, each once: for a VariableLock.
std::vector<VariableState*> variable_states(const Variables& variables);
/// Copies in Keras's layout, all of one moment: none shows a training step half done.
Tensors values_of(const Variables& variables);
/// Assigns all of them at one moment, as other threads see it. Throws ShapeError as Variable::assign does, and then
/// changes none.
void assign(const Variables& variables, std::span<const Tensor> values);

}  // namespace graft
