#pragma once

#include <functional>

#include "graft/graph/graph.h"
#include "graft/graph/layer_impl.h"
#include "graft/graph/tensor_map.h"
#include "graft/ops/program/builder.h"

namespace graft {

/// The border between Keras's layers and oneDNN's instructions: appends the instructions of every call of a graph, in
/// an order of execution, each labelled with the call ("dense", a second call "dense@1"); nested models are inlined.
/// `inputs` has one Value for each input of the graph, with its mask; they and the result are channels first where
/// their rank is 3 or more. `arguments`, those of the call of a nested model, hold for the calls in it that have none
/// of their own. `after` is called behind each call of the graph. Throws ShapeError for another number of inputs; an
/// error of a layer names the layer and the user's line.
MaskedValues emit_graph(ops::Builder& builder, const Graph& graph, const MaskedValues& inputs,
                        const CallArguments& arguments = {}, const std::function<void(const Node&)>& after = {});

/// Appends the instructions of one call: `given` are the values of the node's inputs. Their masks become arguments of
/// the layer where it asks for them. `outer` are the arguments of the call of the model around it.
MaskedValues emit_call(ops::Builder& builder, const Node& node, const MaskedValues& given, const CallArguments& outer);

/// The masks that calls of a graph take off their inputs (LayerImpl::takes_mask). Keras runs the calls by their depth,
/// and a mask that a call has taken is missing in all that run after it.
class TakenMasks {
 public:
  explicit TakenMasks(const Graph& graph);
  /// Whether some call takes the mask of the tensor.
  bool taken(const SymbolicTensor& tensor) const { return first_.contains(tensor); }
  /// Whether the mask of the tensor is missing when the call runs.
  bool missing(const SymbolicTensor& tensor, const Node& call) const;

 private:
  std::unordered_map<const Node*, size_t> order_;  // of the calls in Keras; empty where no mask is taken
  TensorMap<size_t> first_;                        // the first call that takes the mask
};

}  // namespace graft
