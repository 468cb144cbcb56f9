#pragma once

#include <string>
#include <vector>

#include "graft/graph/node.h"
#include "graft/models/io/base/json_view.h"

namespace graft::io {

/// One tensor that a saved call takes: an output of a call of the named layer.
struct TensorRef {
  std::string layer;
  int64_t node = 0, tensor = 0;
  std::string place;  ///< JSON path, for messages
};

/// One saved call of a layer.
struct SavedCall {
  std::vector<TensorRef> inputs = {};
  CallArguments arguments = {};
  bool keras3 = false;  ///< written as {"args", "kwargs"}, which counts calls of nested models from 0
};

/// Reads a layer's "inbound_nodes": lists of [layer, node, tensor, {arguments}] (TF.js, Keras 1 and 2) or objects with
/// "args" and "kwargs" (Keras 3). Throws FormatError for unknown arguments.
std::vector<SavedCall> read_calls(const JsonView& inbound_nodes);

/// Reads "input_layers" or "output_layers": one [layer, node, tensor] or a list of them.
std::vector<TensorRef> read_refs(const JsonView& refs);

}  // namespace graft::io
