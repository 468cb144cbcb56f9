#pragma once

#include <cstddef>

#include "graft/graph/graph.h"
#include "graft/graph/layer_impl.h"
#include "graft/graph/tensor_map.h"

namespace graft {

/// The values that are known for these tensors, in the same order.
template <class Values>
Values values_at(const TensorMap<typename Values::value_type>& known, const SymbolicTensors& tensors) {
  Values values;
  values.reserve(tensors.size());
  for (const SymbolicTensor& tensor : tensors) values.push_back(known.at(tensor));
  return values;
}

/// Follows a graph call by call, in an order of execution, with a value in the place of every tensor: instructions,
/// shapes, the tensors of another model. `inputs` has one value for each of the graph's inputs;
/// `call(node, values)` receives a call and the values of its inputs, and returns those of its outputs. InputLayers are
/// not called, and a tensor that is an input of the graph keeps the value that was given for it.
/// Returns the values of the graph's outputs. Throws what `call` throws.
template <class Values, class Call>
Values walk(const Graph& graph, const Values& inputs, const Call& call) {
  TensorMap<typename Values::value_type> known;
  for (size_t i = 0; i < inputs.size(); ++i) known.emplace(graph.inputs()[i], inputs[i]);
  for (const std::shared_ptr<const Node>& node : graph.nodes()) {
    if (node->layer().impl().is_input()) continue;
    const Values outputs = call(node, values_at<Values>(known, node->inputs()));
    for (size_t i = 0; i < outputs.size(); ++i) known.emplace(SymbolicTensor(node, static_cast<int>(i)), outputs[i]);
  }
  return values_at<Values>(known, graph.outputs());
}

}  // namespace graft
