#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "graft/graph/layers/operations/operands.h"

namespace graft {

/// The instructions of an operation, whose results are in the order of its operands: a function of Operands that gives
/// one Value or several.
class Emit {
 public:
  template <class Function>
  Emit(Function function)
      : emit_([function](const Operands& operands) -> ops::Values {
          if constexpr (std::is_same_v<decltype(function(operands)), ops::Value>)
            return {function(operands)};
          else
            return function(operands);
        }) {}
  ops::Values operator()(const Operands& operands) const { return emit_(operands); }

 private:
  std::function<ops::Values(const Operands&)> emit_;
};

/// One operation of keras.ops: a row of a table in graph/layers/operations. The shape of its result follows from what
/// it emits, so a row has no second rule for it.
struct Operation {
  /// The type of the results: that of all operands together, the same but float32 where it is no float, that of the
  /// first operand, or a fixed one.
  enum class Type { promoted, floats, first, boolean, int32, int64, float32 };
  /// How the Values are laid out: in Keras's order of axes; in their own, channels first from rank 3 on, which needs no
  /// transposition; or in their own and aligned to each other, for functions that know no axes.
  enum class Order { keras, own, elementwise };

  const char* name;  ///< the class in keras.src.ops: "Matmul"
  /// The arguments of its call that are tensors, numbers or arrays, in Keras's order: {"x1", "x2"}. "xs..." is a list;
  /// "x2?" may be None. An argument that begins with "=" is taken as it is, a Literal: {"x", "=key"}.
  std::vector<std::string> operands;
  Literals settings;  ///< of the constructor, with their defaults
  Emit emit;
  Type type = Type::promoted;
  Order order = Order::keras;
  std::vector<Type> more = {};  ///< the types of the results behind the first, if they are others
  /// A type that depends on the settings and on the common type of the operands; where it is none, `type` decides.
  std::optional<DType> (*dtype_of)(const Literals& settings, DType common) = nullptr;
  /// Whether the operand may be complex: Operands has its imaginary part.
  bool takes_complex = false;
  /// The imaginary part of the result, where that is complex.
  std::optional<Emit> imaginary = {};
};

/// The type of an operand; a number of Python is weak: it takes the kind of the tensors beside it.
struct OperandType {
  DType dtype;
  bool weak;
};

/// The type of an operation's results, by Keras's rules of promotion (keras.src.backend.common.dtypes).
DType result_type(const Operation& operation, const Literals& settings, const std::vector<OperandType>& operands);
/// The same for a result whose type does not depend on settings.
DType result_type(Operation::Type type, const std::vector<OperandType>& operands);

/// The tables of operations, one for each family.
const std::vector<Operation>& elementwise_operations();
const std::vector<Operation>& complex_operations();
const std::vector<Operation>& activation_operations();
const std::vector<Operation>& binary_operations();
const std::vector<Operation>& reduction_operations();
const std::vector<Operation>& statistics_operations();
const std::vector<Operation>& shape_operations();
const std::vector<Operation>& joining_operations();
const std::vector<Operation>& index_operations();
const std::vector<Operation>& order_operations();
const std::vector<Operation>& product_operations();
const std::vector<Operation>& linalg_operations();
const std::vector<Operation>& nn_operations();
const std::vector<Operation>& window_operations();
const std::vector<Operation>& signal_operations();
const std::vector<Operation>& image_operations();

/// The module of Keras that has an operation, as Keras 3 saves it: "keras.src.ops.numpy".
std::string operation_module(const std::string& name);

/// All tables of operations.
std::vector<const std::vector<Operation>*> operation_tables();

/// The rows of several parts as one table.
std::vector<Operation> joined(std::initializer_list<std::vector<Operation>> parts);

}  // namespace graft
