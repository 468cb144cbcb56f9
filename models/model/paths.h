#pragma once

// Internal: where calls and tensors stand in a model and in the models nested in it.

#include <optional>
#include <string>
#include <vector>

#include "graft/models/model/model.h"

namespace graft {

/// A call: those of the nested models around it, the outermost first, then itself.
using CallPath = std::vector<std::shared_ptr<const Node>>;

/// What a path such as "encoder@1/conv1:0" names: a layer at one call or, without '@', at all of them.
struct FoundCalls {
  Layer layer;
  std::vector<CallPath> calls;
  std::optional<size_t> output;  ///< when one is named
};

/// Throws GraphError: no such layer (lists near names), an input of a nested model, no such call or output (lists the
/// calls). As what follows, without saying which model, which the caller adds.
FoundCalls find_calls(const Model& model, const std::string& path);

/// A tensor, and the call that makes it when that is one of this model or of those nested in it.
struct FoundTensor {
  CallPath call;  ///< empty for one that was made of this model's tensors
  SymbolicTensor tensor;
};
/// Throws GraphError likewise, and for a path with several calls or outputs, or an empty tensor.
FoundTensor find_tensor(const Model& model, const Tap& tap);

/// `"a", "b"`: for messages.
std::string listed(const Taps& taps);

/// `Conv2D "conv2d_1"`: with its name in the graph.
std::string named(const Graph& graph, const Node& node);

}  // namespace graft
