#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "graft/graph/graph.h"

namespace graft {

/// Hashes the identity of a symbolic tensor: its call and output.
struct TensorHash {
  size_t operator()(const SymbolicTensor& tensor) const {
    return std::hash<const void*>()(tensor.node().get()) * 31 + static_cast<size_t>(tensor.index());
  }
};
template <class T>
using TensorMap = std::unordered_map<SymbolicTensor, T, TensorHash>;

std::vector<Shape> shapes_of(const SymbolicTensors& tensors);

/// "outer/inner", or the one of them that is not empty.
std::string join_path(const std::string& outer, const std::string& inner);

/// What a Graph knows beside its calls, found once when it is made.
struct Graph::Index {
  struct Entry {
    Layer layer;
    std::string name;
    GraphLayer::Calls calls;  // in order of execution
  };
  struct Place {
    size_t layer, call;
  };
  std::vector<Entry> layers;  // in Keras's order
  std::unordered_map<const Node*, Place> places;
};

}  // namespace graft
