#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graft/core/literal.h"
#include "graft/core/source_location.h"
#include "graft/graph/config.h"
#include "graft/graph/symbolic_tensor.h"

namespace graft {

/// An operand with the line of the expression, so that the errors of operators can name it. Tensors convert to it.
struct Operand {
  Operand(const SymbolicTensor& operand, source_location place = source_location::current())
      : tensor(operand), location(place) {}
  Operand(const SymbolicTensors& operand, source_location place = source_location::current())
      : tensor(static_cast<const SymbolicTensor&>(operand)), location(place) {}
  SymbolicTensor tensor;
  source_location location;
};

/// An operand that may also be a number or an array, which the recorded call holds. Where a function takes several, one
/// of them at least must be a tensor of the network; otherwise it throws GraphError.
struct Argument {
  Argument(const SymbolicTensor& operand, source_location place = source_location::current())
      : tensor(operand), location(place) {}
  Argument(const SymbolicTensors& operand, source_location place = source_location::current())
      : tensor(static_cast<const SymbolicTensor&>(operand)), location(place) {}
  Argument(const Operand& operand) : tensor(operand.tensor), location(operand.location) {}
  Argument(double number, source_location place = source_location::current()) : value(number), location(place) {}
  Argument(const Tensor& array, source_location place = source_location::current()) : value(array), location(place) {}
  SymbolicTensor tensor;  ///< empty for a number or an array
  Literal value;
  source_location location;
};

}  // namespace graft
