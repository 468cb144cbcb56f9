#pragma once

#include <cstddef>
#include <functional>
#include <unordered_map>

#include "graft/graph/symbolic_tensor.h"

namespace graft {

/// Hashes the identity of a symbolic tensor: its call and which of the call's outputs it is.
struct TensorHash {
  size_t operator()(const SymbolicTensor& tensor) const {
    return std::hash<const void*>()(tensor.node().get()) * 31 + static_cast<size_t>(tensor.index());
  }
};

/// A value for each of some symbolic tensors.
template <class T>
using TensorMap = std::unordered_map<SymbolicTensor, T, TensorHash>;

}  // namespace graft
