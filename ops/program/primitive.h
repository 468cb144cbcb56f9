#pragma once

#include <span>
#include <string_view>

#include "graft/ops/program/program.h"

namespace graft::ops {

class Builder;
class Lowering;
struct EltwiseArgs;

/// Which operands of an instruction may be bfloat16 when the Program computes in it; the others are float32.
struct LowPrecision {
  /// following: only where all these inputs are bfloat16 already.
  enum When { never, always, following } when = never;
  std::vector<size_t> inputs = {}, outputs = {};
};

/// What passes and the compiler ask about an instruction without knowing its primitive.
struct Traits {
  /// It draws random numbers: each run gives other results, so it is never computed ahead of the runs.
  bool random = false;
  /// Its results are in memory of their own, never in an operand's.
  bool owns_results = false;
  /// No number of threads changes a bit of the results.
  bool same_for_any_threads = false;
  /// It costs little beside the products around it, so it may be computed again rather than kept.
  bool cheap = false;
  /// Its one output is another look at the memory of its first input.
  bool view = false;
  /// The inputs that it changes in place (variables): such an instruction is never removed, never merged and keeps its
  /// order among the readers of those variables.
  std::vector<size_t> writes = {};
  /// The inputs of which row i (along the first axis) makes row i of every result, where no other row of them does:
  /// such instructions may run for some rows at a time. What the other inputs hold must be the same for all rows.
  std::vector<size_t> row_inputs = {};
  LowPrecision low_precision = {};
};

/// What an instruction does. One room (a pair of files under primitives/) per family holds the dims rule
/// (in the Builder function), the gradient rule and the realisation.
class Primitive {
 public:
  virtual ~Primitive() = default;

  virtual std::string_view name() const = 0;
  /// Every setting, printed: "strides=2x2 padding=1x1,2x2". Two primitives with equal name and attributes
  /// do the same to the same operands: merge_common finds what stands twice by that.
  virtual std::string attributes() const { return {}; }

  /// Emits the instructions that turn the gradients of the outputs into those of the inputs. `diff_dst[i]` is empty
  /// where output i has no gradient; only inputs with `wanted[i]` need an answer. By default it throws GraphError.
  virtual Values gradient(Builder& builder, const Instruction& self, std::span<const Value> diff_dst,
                          const std::vector<bool>& wanted) const;

  /// Adds the steps that compute the outputs, and defines the operand of each output.
  virtual void realise(Lowering& lowering, const Instruction& self) const = 0;

  /// Fills vectors: a ProgramIndex keeps the traits of all instructions for whoever asks more than once.
  virtual Traits traits(const Program&, const Instruction&) const { return {}; }
};

/// A side interface of primitives that can be realised in other ways than by their rule.
class HasWays {
 public:
  /// Those of the ways in ops/program/ways.h that the instruction has: tuning times them.
  virtual std::vector<std::string_view> ways(const Program& program, const Instruction& self) const = 0;

 protected:
  ~HasWays() = default;
};

/// A side interface of primitives that can apply an elementwise function to their dst.
class TakesFunction {
 public:
  /// The same primitive with the function applied to its dst; null where that would not be fast.
  virtual std::shared_ptr<const Primitive> fused_with(const EltwiseArgs& function) const = 0;

 protected:
  ~TakesFunction() = default;
};

/// The ways in which an instruction can be realised other than by its rule; none for most.
std::vector<std::string_view> ways_of(const Program& program, const Instruction& instruction);
/// The instruction's primitive with an elementwise function applied to its dst; null where it takes none.
std::shared_ptr<const Primitive> fused_with(const Instruction& instruction, const EltwiseArgs& function);

/// The instruction's primitive as a P, or null where it is another one.
template <class P>
const P* primitive_as(const Instruction& instruction) {
  return dynamic_cast<const P*>(instruction.primitive.get());
}
/// The same for an instruction that may be missing.
template <class P>
const P* primitive_as(const Instruction* instruction) {
  return instruction ? primitive_as<P>(*instruction) : nullptr;
}

}  // namespace graft::ops
