#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graft/core/tensor.h"
#include "graft/ops/variable.h"

namespace graft::ops {

class Builder;
class Lowering;
struct EltwiseArgs;
using Dims = std::vector<int64_t>;

/// A name for a value of a Program: an index into Program::values.
struct Value {
  int32_t id = -1;
  explicit operator bool() const { return id >= 0; }
  bool operator==(const Value&) const = default;
};
using Values = std::vector<Value>;

enum class Source { input, variable, constant, instruction };

/// What is known of a value: its logical dims (images and kernels in oneDNN's order, NCHW and OIHW), its type, where
/// it comes from. Nothing of layouts: those belong to the lowered form.
struct ValueInfo {
  Dims dims;
  DType dtype = DType::f32;
  Source source = Source::instruction;
  std::string name = {};   ///< of an input or a variable
  Variable variable = {};  ///< Source::variable
  Tensor constant = {};    ///< Source::constant, row-major
  int32_t producer = -1;   ///< Source::instruction: index into Program::instructions
};

struct Instruction;
struct Program;

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
  /// The ways to realise it other than by its rule, of those in ops/ways.h: tuning times them.
  virtual std::vector<std::string_view> ways(const Program&, const Instruction&) const { return {}; }
  /// The same primitive with an elementwise function applied to its dst; null where that would not be fast.
  virtual std::shared_ptr<const Primitive> fused_with(const EltwiseArgs&) const { return nullptr; }
};

struct Instruction {
  std::shared_ptr<const Primitive> primitive = {};
  Values inputs = {};  ///< an optional operand that is absent is an empty Value
  Values outputs = {};
  std::string label = {};                ///< the user's layer: "encoder/conv2d_1"; gradients carry " (grad)"
  std::vector<std::string> merged = {};  ///< labels of what passes have made a part of it
  std::string remark = {};               ///< why a pass left it as it is: for the report
};

/// Values and a flat list of instructions, each value assigned once. It is what passes rewrite and what text() prints,
/// one line per instruction:
///
///     %12 (32,64,16,16) = conv(%10, %3, %4) strides=2x2 padding=1x1,2x2   # encoder/conv2d_1
struct Program {
  std::deque<ValueInfo> values;  // deques: a reference to an entry outlives what is appended behind it
  std::deque<Instruction> instructions;
  Values inputs;  ///< in the order of the Executable's inputs
  Values outputs;

  const ValueInfo& operator[](Value v) const { return values[static_cast<size_t>(v.id)]; }
  ValueInfo& operator[](Value v) { return values[static_cast<size_t>(v.id)]; }
  const Dims& dims(Value v) const { return (*this)[v].dims; }

  std::string text() const;
  /// Throws GraphError when an operand is used before it is made or a value is made twice: run after every pass.
  void verify() const;
};

std::string to_string(const Dims& dims);  ///< "(32,64,16,16)"
int64_t elements(const Dims& dims);

}  // namespace graft::ops
