#pragma once

#include <string>
#include <vector>

#include "graft/graph/layer_impl.h"

namespace graft {

// Every class that can be read from a file, the user's own included. Safe to use from any thread.

/// The class of this Keras name; null when there is none.
const LayerClass* find_layer_class(const std::string& name);
/// The names of all classes in alphabetical order.
std::vector<std::string> layer_class_names();
/// Adds a class of the user's own, or replaces one. Throws ConfigError for an empty name.
void register_layer_class(LayerClass layer_class);

}  // namespace graft
