#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "graft/core/tensor.h"

namespace graft {

class Node;

/// A value that will exist when the network runs: the result of a layer call. It owns the calls that it came from.
class SymbolicTensor {
 public:
  SymbolicTensor() = default;
  SymbolicTensor(std::shared_ptr<const Node> node, int index) : node_(std::move(node)), index_(index) {}

  const Shape& shape() const&;  ///< channels last, the batch dimension is none; throws GraphError for an empty tensor
  Shape shape() && { return std::as_const(*this).shape(); }
  DType dtype() const;                                                ///< throws GraphError for an empty tensor
  const std::shared_ptr<const Node>& node() const& { return node_; }  ///< the call that makes it
  std::shared_ptr<const Node> node() && { return std::move(node_); }
  int index() const { return index_; }  ///< which of the call's outputs it is
  std::string origin() const;           ///< `Conv2D "enc1"`, for messages

  explicit operator bool() const { return node_ != nullptr; }
  bool operator==(const SymbolicTensor&) const = default;  ///< the same value, not the same shape

 private:
  std::shared_ptr<const Node> node_;
  int index_ = 0;
};

/// A list of tensors. A single tensor converts to it, so that a call takes `x`, `{a, b}` or a vector; a list of one
/// converts to a tensor, so that the result of a model call or of replay can be used as one. The conversion, shape()
/// and dtype() throw GraphError naming the number of tensors unless there is exactly one.
class SymbolicTensors : public std::vector<SymbolicTensor> {
 public:
  using std::vector<SymbolicTensor>::vector;
  SymbolicTensors(const SymbolicTensor& tensor) : vector(1, tensor) {}
  SymbolicTensors(std::initializer_list<SymbolicTensor> tensors) : vector(tensors) {}
  SymbolicTensors(std::vector<SymbolicTensor> tensors) : vector(std::move(tensors)) {}

  operator SymbolicTensor() const { return single(); }
  const Shape& shape() const& { return single().shape(); }
  Shape shape() && { return single().shape(); }
  DType dtype() const { return single().dtype(); }

 private:
  const SymbolicTensor& single() const;  // throws GraphError unless there is exactly one
};

/// The shapes of the tensors, in the same order. Throws GraphError for an empty tensor.
std::vector<Shape> shapes_of(const SymbolicTensors& tensors);

}  // namespace graft
