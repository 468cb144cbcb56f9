#pragma once

// Internal: what the passes share. A pass walks the old program and emits the new one through a Builder.

#include "graft/ops/program/builder.h"

namespace graft::ops {

class Rewriter {
 public:
  explicit Rewriter(const Program& from);

  Builder& to() { return to_; }
  /// What an old value became.
  Value operator()(Value old);
  Values operator()(const Values& old);
  /// The old value is the new one from now on; what made the new one does the work of both.
  void map(Value old, Value now);
  /// Emits the old instruction on what its operands became; with another primitive if one is given.
  void copy(const Instruction& old, std::shared_ptr<const Primitive> instead = nullptr);

  /// Says of the instruction that was emitted last why it is as it is.
  void remark(std::string text) { to_.program().instructions.back().remark = std::move(text); }

  /// The old instruction that makes an old value; null for leaves.
  const Instruction* producer(Value old) const;
  /// Readers of an old value, the program's outputs among them.
  int uses(Value old) const { return uses_[static_cast<size_t>(old.id)]; }
  /// The new instruction that makes a new value; null for leaves.
  const Instruction* new_producer(Value now);

  Program finish();

 private:
  const Program& from_;
  Builder to_;
  std::vector<Value> map_;
  std::vector<int> uses_;
};

/// The variable that a value is, or is a view of; an empty Value for others.
std::vector<Value> variable_roots(const Program& program);
bool updates_variables(const Program& program);

}  // namespace graft::ops
