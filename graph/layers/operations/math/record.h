#pragma once

// Internal: how the functions of keras.ops are recorded as layers.

#include "graft/graph/layers/operations/math/operand.h"

namespace graft {

/// Records the call of an operation: its operands in their order, the settings of its constructor, and arguments that
/// are no operands. Throws GraphError unless an operand is a tensor.
SymbolicTensors record_all(const char* name, const std::vector<Argument>& operands, Literals settings = {},
                           Literals others = {});
/// The same for an operation of one result.
SymbolicTensor record(const char* name, const std::vector<Argument>& operands, Literals settings = {},
                      Literals others = {});
/// An operation over axes, or over all of them where none is named.
SymbolicTensor reduced(const char* name, const Operand& x, const std::vector<int64_t>& axes, bool keepdims);
/// An operation "Pad" of a pair for each axis.
SymbolicTensor padded(const Operand& x, const std::vector<std::pair<int64_t, int64_t>>& widths, const std::string& mode,
                      double value);

Literal axes_of(const std::vector<int64_t>& axes);  ///< None for no axes, which are all
template <class T>
Literal literal_of(const std::optional<T>& value) {
  return value ? Literal(*value) : Literal();
}
std::vector<Argument> arguments_of(const SymbolicTensors& tensors, const source_location& location);

}  // namespace graft
