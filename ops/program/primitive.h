#pragma once

#include <span>
#include <string_view>

#include "graft/ops/program/program.h"

namespace graft::ops {

class Builder;
class Lowering;
struct EltwiseArgs;

/// Which operands of an instruction may lie in bfloat16 when the Program computes in it.
struct LowPrecision {
  /// following: where all these inputs lie so already.
  enum When { never, always, following } when = never;
  std::vector<size_t> inputs = {}, outputs = {};
};

/// What an instruction does. One room (a pair of files under primitives/) per family holds the dims rule
/// (in the Builder function), the gradient rule and the realisation.
class Primitive {
 public:
  virtual ~Primitive() = default;

  virtual std::string_view name() const = 0;
  /// Every setting, printed: "strides=2x2 padding=1x1,2x2". Two primitives with equal name and attributes
  /// do the same to the same operands (common subexpressions are found by it).
  virtual std::string attributes() const { return {}; }

  /// Emits the instructions that turn the gradients of the outputs into those of the inputs. `diff_dst[i]` is empty
  /// where output i has no gradient; only inputs with `wanted[i]` need an answer. Default: throws GraphError.
  virtual Values gradient(Builder& builder, const Instruction& self, std::span<const Value> diff_dst,
                          const std::vector<bool>& wanted) const;

  /// Adds the steps that compute the outputs, and tells where they lie.
  virtual void realise(Lowering& lowering, const Instruction& self) const = 0;

  /// The inputs that it changes in place (variables): such an instruction is never removed, never merged and keeps
  /// its order among the readers of those variables.
  virtual std::vector<size_t> writes() const { return {}; }
  /// True for those that draw random numbers: each run gives other results, so never computed ahead of it.
  virtual bool random() const { return false; }
  /// True where its results lie in memory of their own, never in an operand's.
  virtual bool owns_results() const { return false; }
  /// The inputs of which row i (along the first axis) makes row i of every result, where nothing else of them does:
  /// such instructions may run for some rows at a time. What other inputs hold must be the same for all rows.
  virtual std::vector<size_t> row_inputs(const Program&, const Instruction&) const { return {}; }
  /// True where no number of threads changes a bit of the results.
  virtual bool same_for_any_threads() const { return false; }
  /// What does not name an operand here gets and gives float32.
  virtual LowPrecision low_precision(const Program&, const Instruction&) const { return {}; }
  /// The ways to realise it other than by its rule, of those in ops/program/ways.h: tuning times them.
  virtual std::vector<std::string_view> ways(const Program&, const Instruction&) const { return {}; }
  /// The same primitive with an elementwise function applied to its dst; null where that would not be fast.
  virtual std::shared_ptr<const Primitive> fused_with(const EltwiseArgs&) const { return nullptr; }
};

}  // namespace graft::ops
