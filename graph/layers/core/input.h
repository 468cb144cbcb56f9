#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Input, in the order of keras.layers.Input.
struct InputConfig {
  Shape shape;                             ///< of one sample: the batch dimension comes before it
  std::optional<int64_t> batch_size = {};  ///< fixes the batch dimension
  DTypeName dtype = "float32";             ///< of the data: "int32", DType::s64, "string", ...
  bool sparse = false;                     ///< kept for files: all data is dense here
  bool optional = false;                   ///< kept for files
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Stands for data: a network is recorded on it.
///
/// Output   (N, shape...)
/// Throws   ConfigError for a dimension of 0 or an unknown dtype
/// Source   keras.layers.Input
SymbolicTensor Input(InputConfig config, source_location location = source_location::current());

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> input_classes();

}  // namespace graft
