#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graft/graph/node.h"

namespace graft {

/// A layer of one model: the shared Layer, with the name and the calls that it has there.
class GraphLayer : public Layer {
 public:
  using Calls = std::vector<std::shared_ptr<const Node>>;
  /// `calls` are in order of execution. With `output`, only that output of each call counts.
  GraphLayer(Layer layer, std::string name, std::shared_ptr<const Calls> calls, std::optional<size_t> output = {});
  const std::string& name() const& { return name_; }  ///< in this model
  std::string name() && { return std::move(name_); }
  /// The output of the layer in this model. Throws GraphError listing the calls when there are several, between which
  /// output(call) chooses, or naming the number of outputs when there are several, which outputs(call) returns.
  SymbolicTensor output() const;
  /// The output of one of its calls, counted from 0. Throws GraphError for a call that is not there or several outputs.
  SymbolicTensor output(size_t call) const;
  SymbolicTensors outputs(size_t call) const;  ///< all outputs of a call; throws GraphError for one that is not there
  SymbolicTensor input() const;                ///< the input of the layer; throws as output() does
  SymbolicTensors inputs(size_t call) const;   ///< all inputs of a call; throws as outputs() does
  size_t calls() const { return calls_->size(); }
  Calls nodes() const { return *calls_; }  ///< the calls, in order of execution

  std::string who() const;  ///< `Conv2D "conv2d_1"`: with its name in this model

 private:
  const std::shared_ptr<const Node>& only_call(const char* method) const;
  const std::shared_ptr<const Node>& numbered_call(size_t call) const;
  SymbolicTensors outputs_of(const std::shared_ptr<const Node>& call) const;
  std::string name_;
  std::shared_ptr<const Calls> calls_;
  std::optional<size_t> output_;
};

/// The layers of a model in Keras's order (depth descending, then traversal order); [-1] is the last.
class LayerList : public std::vector<GraphLayer> {
 public:
  using std::vector<GraphLayer>::vector;
  /// A negative index counts from the end. Throws GraphError when it is out of range.
  const GraphLayer& operator[](int64_t index) const&;
  GraphLayer operator[](int64_t index) && { return std::as_const(*this)[index]; }
  const GraphLayer& at(const std::string& name) const&;  ///< throws GraphError listing the names
  GraphLayer at(const std::string& name) && { return std::as_const(*this).at(name); }
  LayerList drop_input() const;  ///< without InputLayers
};

}  // namespace graft
