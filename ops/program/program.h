#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "graft/core/tensor.h"
#include "graft/ops/program/dims.h"
#include "graft/ops/program/variable.h"

namespace graft::ops {

class Primitive;

/// A name for a value of a Program: an index into Program::values.
struct Value {
  int32_t id = -1;
  explicit operator bool() const { return id >= 0; }
  bool operator==(const Value&) const = default;
};
using Values = std::vector<Value>;

enum class Source { input, variable, constant, instruction };

/// What is known of a value: its logical dims (images and kernels in oneDNN's order, NCHW and OIHW), its type and where
/// it comes from. Layouts belong to the lowered form.
struct ValueInfo {
  Dims dims;
  DType dtype = DType::f32;
  Source source = Source::instruction;
  std::string name = {};   ///< of an input or a variable
  Variable variable = {};  ///< Source::variable
  Tensor constant = {};    ///< Source::constant: its values, row-major
  int32_t producer = -1;   ///< Source::instruction: index into Program::instructions
};

/// One application of a Primitive: it reads its inputs and makes its outputs.
struct Instruction {
  std::shared_ptr<const Primitive> primitive = {};
  Values inputs = {};  ///< an optional operand that is absent is an empty Value
  Values outputs = {};
  std::string label = {};                ///< the user's layer: "encoder/conv2d_1"; gradients carry " (grad)"
  std::vector<std::string> merged = {};  ///< labels of the instructions that passes have merged into it
  std::string remark = {};               ///< why a pass left it as it is, for the report
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

}  // namespace graft::ops
