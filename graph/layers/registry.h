#pragma once

#include <string>
#include <vector>

#include "graft/graph/layer_impl.h"

namespace graft {

// All classes that can be read from a file, those of users included. The functions may be called from any thread.

/// The class of this Keras name; null when there is none.
const LayerClass* find_layer_class(const std::string& name);
/// The names of all classes in alphabetical order.
std::vector<std::string> layer_class_names();
/// Adds a custom class, or replaces a class. Throws ConfigError for an empty name.
void register_layer_class(LayerClass layer_class);

}  // namespace graft
