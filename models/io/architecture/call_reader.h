#pragma once

#include <string>
#include <vector>

#include "graft/graph/layers/core/unknown_layer.h"
#include "graft/graph/node.h"
#include "graft/models/io/base/json_view.h"

namespace graft::io {

/// One tensor that a saved call takes: an output of a call of the named layer.
struct TensorRef {
  std::string layer;
  int64_t node = 0, tensor = 0;
  std::string place;                   ///< JSON path, for messages
  std::optional<InputSpec> spec = {};  ///< its shape and type, where the file says them
};

/// One argument of a saved call: tensors of the model, or a value without tensors.
struct SavedArgument {
  std::string name = {};  ///< the keyword; empty: by position
  JsonView value;
  std::vector<TensorRef> tensors = {};  ///< those in it, in their order
  std::vector<int> indices = {};        ///< their places in the list that the argument is; -1: it is the tensor itself
  std::vector<size_t> lists = {};       ///< for a list of lists of tensors, how many each has
};

/// One saved call of a layer.
struct SavedCall {
  std::vector<SavedArgument> arguments = {};
  std::vector<TensorRef> inputs = {};  ///< all tensors of the arguments
  bool keras3 = false;                 ///< written as {"args", "kwargs"}, which counts calls of nested models from 0
};

/// Reads a layer's "inbound_nodes": lists of [layer, node, tensor, {arguments}] (TF.js, Keras 1 and 2) or objects with
/// "args" and "kwargs" (Keras 3).
std::vector<SavedCall> read_calls(const JsonView& inbound_nodes);

/// Reads "input_layers" or "output_layers": one [layer, node, tensor], a list of them, or lists of lists, one after the
/// other.
std::vector<TensorRef> read_refs(const JsonView& refs);

/// The name of an argument in a layer's call_signature(), without what marks it: "xs..." is a list, "x?" may be
/// missing,
/// "=key" is no tensor.
std::string operand_name(std::string written);

/// What a layer is called with: which of the saved call's tensors, by their places in `inputs`, and the other
/// arguments.
struct BoundCall {
  std::vector<size_t> inputs;
  CallArguments arguments;
};

/// Gives the arguments of a saved call the names that the layer's call has for them. Throws FormatError for an argument
/// that the layer does not have; a layer of an unknown class may have any.
BoundCall bind_call(const SavedCall& call, const LayerImpl& layer);

}  // namespace graft::io
