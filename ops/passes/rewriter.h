#pragma once

// Internal: the base of most passes. A pass walks the old Program and emits the new one through a Builder.

#include "graft/ops/program/builder.h"
#include "graft/ops/program/program_index.h"

namespace graft::ops {

class Rewriter {
 public:
  explicit Rewriter(const Program& from);

  Builder& to() { return to_; }
  /// The new value that replaces an old one.
  Value operator()(Value old);
  Values operator()(const Values& old);
  /// Replaces the old value by the new one from now on. The instruction of the new one does the work of both, so its
  /// reports name both layers.
  void map(Value old, Value now);
  /// Emits the old instruction on the values that replace its operands; with `instead` as its primitive, if that is
  /// given.
  void copy(const Instruction& old, std::shared_ptr<const Primitive> instead = nullptr);

  /// Goes through the old instructions and copies those for which `rewrite` returns false; for the others it has
  /// emitted what takes their place, with the instruction's origin. Returns the new Program.
  template <class Rewrite>
  Program each(const Rewrite& rewrite) {
    for (const Instruction& i : from_.instructions) {
      to_.set_origin(i);
      if (!rewrite(i)) copy(i);
    }
    return finish();
  }

  /// Adds a remark to the instruction that was emitted last; the report shows it.
  void remark(std::string text) { to_.program().instructions.back().remark = std::move(text); }

  /// The index of the old Program.
  const ProgramIndex& index() const { return index_; }
  /// The instruction of the new Program that makes a new value; null for inputs, constants and variables.
  const Instruction* new_producer(Value now);

  Program finish();

 private:
  const Program& from_;
  Builder to_;
  ProgramIndex index_;
  PerValue<Value> map_;
};

}  // namespace graft::ops
