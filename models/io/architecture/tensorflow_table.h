#pragma once

#include <string>
#include <vector>

namespace graft::io {

/// How an operation of TensorFlow is one of keras.ops.
struct TensorFlowRow {
  const char* name;       ///< "math.reduce_mean", or a node of a graph: "Mean"
  const char* operation;  ///< the class of keras.ops: "Mean"
  /// Its arguments in TensorFlow's order, each with its name in keras.ops: {"input_tensor", "x"}. "values..." is a
  /// list; of a node the arguments are its inputs and then attributes.
  struct Argument {
    const char* name;
    const char* keras;  ///< an operand or a setting; "" for one that changes no result
  };
  std::vector<Argument> arguments;
};

/// The row of a function of TensorFlow's Python interface; null when there is none.
const TensorFlowRow* find_tensorflow_function(const std::string& name);
/// The row of a node of a TensorFlow graph.
const TensorFlowRow* find_tensorflow_node(const std::string& op);

}  // namespace graft::io
