#pragma once

// Internal: what the passes share. A pass walks the old Program and emits the new one through a Builder.

#include "graft/ops/program/builder.h"
#include "graft/ops/program/program_index.h"

namespace graft::ops {

class Rewriter {
 public:
  explicit Rewriter(const Program& from);

  Builder& to() { return to_; }
  /// The new value that an old one became.
  Value operator()(Value old);
  Values operator()(const Values& old);
  /// From now on the old value is the new one, whose instruction does the work of both.
  void map(Value old, Value now);
  /// Emits the old instruction on the values that its operands became, with another primitive if one is given.
  void copy(const Instruction& old, std::shared_ptr<const Primitive> instead = nullptr);

  /// Notes why the instruction that was emitted last is as it is, for the report.
  void remark(std::string text) { to_.program().instructions.back().remark = std::move(text); }

  /// Of the old program.
  const ProgramIndex& index() const { return index_; }
  /// The new instruction that makes a new value; null for leaves.
  const Instruction* new_producer(Value now);

  Program finish();

 private:
  const Program& from_;
  Builder to_;
  ProgramIndex index_;
  PerValue<Value> map_;
};

}  // namespace graft::ops
