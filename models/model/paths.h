#pragma once

// Internal: finds calls and tensors in a model and in the models nested in it.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graft/models/model/model.h"

namespace graft {

/// The variables of a layer with their names inside it: "kernel"; where it holds several layers, by their names too:
/// "forward_lstm/kernel". No name stands twice.
std::vector<std::pair<std::string, Variable>> variables_of(const Layer& layer);

/// A call: the calls of the nested models around it, the outermost first, then itself.
using CallPath = std::vector<std::shared_ptr<const Node>>;

/// A layer that a path names, at one call ("encoder@1/conv1:0") or, without '@', at all of them.
struct FoundCalls {
  Layer layer;
  std::vector<CallPath> calls;
  std::optional<size_t> output;  ///< nothing unless the path names one
};

/// Throws GraphError: no such layer (lists near names), an input of a nested model, no such call or output (lists the
/// calls). The caller adds the model's name to the error, here and below.
FoundCalls find_calls(const Model& model, const std::string& path);

/// A tensor, and the call that makes it.
struct FoundTensor {
  CallPath call;  ///< empty when the call is neither in the model nor in one nested in it
  SymbolicTensor tensor;
};
/// Throws GraphError likewise, and for a path with several calls or outputs, or an empty tensor.
FoundTensor find_tensor(const Model& model, const Tap& tap);

/// `"a", "b"`, for messages.
std::string listed(const Taps& taps);

/// `Conv2D "conv2d_1"`, with the name in the graph, for messages.
std::string named(const Graph& graph, const Node& node);

}  // namespace graft
