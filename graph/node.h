#pragma once

#include "graft/core/source_location.h"
#include "graft/graph/call_arguments.h"
#include "graft/graph/layer.h"

namespace graft {

/// One call of a layer. It is immutable and points only to its inputs. A chain of any length is destroyed iteratively.
class Node {
 public:
  Node(Layer layer, SymbolicTensors inputs, std::vector<Shape> output_shapes, std::vector<DType> output_dtypes,
       CallArguments arguments, std::string scope, source_location location);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const Layer& layer() const { return layer_; }
  const SymbolicTensors& inputs() const { return inputs_; }
  const std::vector<Shape>& output_shapes() const { return output_shapes_; }
  const std::vector<DType>& output_dtypes() const { return output_dtypes_; }
  const CallArguments& arguments() const { return arguments_; }
  const std::string& scope() const { return scope_; }            ///< "left": put before the layer's name
  const source_location& location() const { return location_; }  ///< the user's line

 private:
  Layer layer_;
  mutable SymbolicTensors inputs_;  // only the destructor of a chain empties it, iteratively
  std::vector<Shape> output_shapes_;
  std::vector<DType> output_dtypes_;
  CallArguments arguments_;
  std::string scope_;
  source_location location_;
};

}  // namespace graft
