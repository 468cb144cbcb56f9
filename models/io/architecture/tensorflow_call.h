#pragma once

#include "graft/models/io/architecture/call_reader.h"

namespace graft::io {

// Operations of TensorFlow between layers, as Keras 2 saves them: TFOpLambda holds the name of a function
// ("math.multiply"), SlicingOpLambda an index, TensorFlowOpLayer a node of a TensorFlow graph. Each is read as the
// operation of keras.ops that computes the same.

/// Whether a saved layer is one of them.
bool is_tensorflow_operation(const std::string& class_name);
/// The function or the node that it is: "math.multiply", "Mul".
std::string tensorflow_name(const JsonView& entry);
/// Whether the layer is such an operation, and a known one.
bool knows_tensorflow_operation(const JsonView& entry);

/// The operation with its settings, and what it is called with.
struct TensorFlowCall {
  Layer layer;
  BoundCall call;
};
/// Throws FormatError for an argument that has no counterpart.
TensorFlowCall read_tensorflow_call(const JsonView& entry, const SavedCall& call);

}  // namespace graft::io
