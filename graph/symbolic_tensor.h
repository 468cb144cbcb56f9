#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "graft/core/tensor.h"

namespace graft {

class Node;

/// A value that will exist when the network runs: what a layer call gives. It owns the calls it came from.
class SymbolicTensor {
 public:
  SymbolicTensor() = default;
  SymbolicTensor(std::shared_ptr<const Node> node, int index) : node_(std::move(node)), index_(index) {}

  const Shape& shape() const;  ///< channels last, the batch dimension is none
  DType dtype() const;
  const std::shared_ptr<const Node>& node() const { return node_; }  ///< the call that makes it
  int index() const { return index_; }                               ///< which of the call's outputs it is
  std::string origin() const;                                        ///< `Conv2D "enc1"`: for messages

  explicit operator bool() const { return node_ != nullptr; }
  bool operator==(const SymbolicTensor&) const = default;  ///< the same value, not the same shape

 private:
  std::shared_ptr<const Node> node_;
  int index_ = 0;
};

/// A list of tensors that a single one converts to and, when it holds just one, from: so that a call takes `x`,
/// `{a, b}` or a vector, and what a model call or replay gives can be used as a tensor.
class SymbolicTensors : public std::vector<SymbolicTensor> {
 public:
  using std::vector<SymbolicTensor>::vector;
  SymbolicTensors(const SymbolicTensor& tensor) : vector(1, tensor) {}
  SymbolicTensors(std::initializer_list<SymbolicTensor> tensors) : vector(tensors) {}
  SymbolicTensors(std::vector<SymbolicTensor> tensors) : vector(std::move(tensors)) {}

  operator const SymbolicTensor&() const { return single(); }
  const Shape& shape() const { return single().shape(); }
  DType dtype() const { return single().dtype(); }

 private:
  const SymbolicTensor& single() const;  // throws GraphError unless there is exactly one
};

}  // namespace graft
