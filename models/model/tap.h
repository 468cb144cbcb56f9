#pragma once

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include "graft/graph/graph.h"

namespace graft {

/// A tensor inside a model, to be read, cut at or joined to. It is named by a path, as Model::at takes it, or is given
/// itself.
///
///     "conv1"              the output of the layer
///     "encoder/conv1"      of a layer in a nested model
///     "dense@1"            at its second call; "encoder@1/dense": at the second call of the model around it
///     "lstm:2"             the third of its outputs
class Tap {
 public:
  Tap(const char* path) : path_(path) {}
  Tap(std::string path) : path_(std::move(path)) {}
  Tap(const SymbolicTensor& tensor) : tensor_(tensor) {}
  Tap(const GraphLayer& layer) : tensor_(layer.output()) {}

  const std::string& path() const& { return path_; }  ///< empty when it is a tensor
  std::string path() && { return std::move(path_); }
  const SymbolicTensor& tensor() const& { return tensor_; }  ///< empty when it is a path
  SymbolicTensor tensor() && { return std::move(tensor_); }
  bool operator==(const Tap&) const = default;

 private:
  std::string path_;
  SymbolicTensor tensor_;
};

/// A list of taps. A single one converts to it, so a function takes "a", `{"a", "encoder/b"}`, a tensor or a list of
/// tensors.
class Taps : public std::vector<Tap> {
 public:
  Taps() = default;
  Taps(std::initializer_list<Tap> taps) : vector(taps) {}
  Taps(const SymbolicTensors& tensors) : vector(tensors.begin(), tensors.end()) {}
  template <std::convertible_to<Tap> T>
  Taps(const T& one) : vector(1, Tap(one)) {}
};

}  // namespace graft
