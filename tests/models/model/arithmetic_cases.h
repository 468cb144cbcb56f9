#pragma once

#include <functional>
#include <string>
#include <vector>

#include "graft/graph/symbolic_tensor.h"

namespace graft::test {

/// A function of graph/layers/operations/math.h on given data.
struct ArithmeticCase {
  std::string function;  ///< as its header declares it
  std::function<SymbolicTensors(const SymbolicTensors&)> record;
  std::vector<Tensor> data;
  bool gradients = true;  ///< compared with central differences
};

/// At least one for every function.
std::vector<ArithmeticCase> arithmetic_cases();
/// Those of a second file, which are among them.
std::vector<ArithmeticCase> more_arithmetic_cases();

}  // namespace graft::test
