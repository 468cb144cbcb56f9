#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// The settings of an operation, as written over the defaults of its class.
struct OperationConfig {
  Literals settings = {};  ///< by Keras's names, those of the constructor of the class in keras.src.ops
  std::string name = {};
};

struct Operation;

/// Makes the layer of an operation: operation_layer("Sum", {.settings = {{"axis", 1}}}). Throws ConfigError for an
/// operation or a setting that does not exist.
Layer operation_layer(const std::string& name, OperationConfig config = {},
                      source_location location = source_location::current());
/// The operation of this name; null when there is none.
const Operation* find_operation(const std::string& name);

/// The classes of all operations, for graph/layers/registry.cpp.
std::vector<LayerClass> operation_classes();

}  // namespace graft
