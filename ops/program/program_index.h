#pragma once

// Internal: who makes and who reads the values of a Program, found once for all who ask.

#include <span>

#include "graft/ops/program/primitive.h"

namespace graft::ops {

/// A T for each value of a Program.
template <class T>
class PerValue {
 public:
  explicit PerValue(const Program& program, const T& initial = {}) : list_(program.values.size(), initial) {}

  typename std::vector<T>::reference operator[](Value v) { return list_[static_cast<size_t>(v.id)]; }
  typename std::vector<T>::const_reference operator[](Value v) const { return list_[static_cast<size_t>(v.id)]; }

 private:
  std::vector<T> list_;
};

/// All values of a Program.
Values all_values(const Program& program);

/// What a Program says of its values only when it is read from end to end. Of a Program that stays as it is.
class ProgramIndex {
 public:
  explicit ProgramIndex(const Program& program);

  /// The traits of the instruction at index k.
  const Traits& traits(size_t k) const { return traits_[k]; }
  /// The indices of the instructions that read v, in their order: one that reads it twice stands there twice.
  std::span<const size_t> readers(Value v) const;
  /// The only instruction that reads v, and reads it once; null where there is none or several, and for an output.
  const Instruction* sole_reader(Value v) const;
  /// The instruction that makes v; null for leaves and for an empty Value.
  const Instruction* producer(Value v) const;
  bool is_output(Value v) const { return is_output_[v]; }

  /// What v is a view of, through all views; v itself where it is none.
  Value root(Value v) const { return root_[v]; }
  /// True for a variable that the Program changes, and for views of it.
  bool updated(Value v) const { return updated_[root(v)]; }
  /// True where the Program changes any variable.
  bool updates() const { return updates_; }
  /// True for what is known before a run: made of constants and of variables that the Program only reads.
  bool ahead_of_runs(Value v) const { return ahead_[v]; }

 private:
  void find_readers();
  void follow_views();
  void find_updates();
  void find_known();

  const Program& program_;
  std::vector<Traits> traits_;  // by instruction
  std::vector<size_t> readers_;
  PerValue<size_t> readers_end_;  // in readers_; those of a value begin where those of the value before it end
  PerValue<Value> root_;
  PerValue<bool> is_output_, updated_, ahead_;
  bool updates_ = false;
};

}  // namespace graft::ops
