#pragma once

#include <string>
#include <vector>

#include "graft/graph/layer_impl.h"

namespace graft {

// All classes that can be read from a file, those of users included. The functions may be called from any thread.

/// The class of this Keras name; null when there is none. Some names are those of a layer and of an operation of
/// keras.ops (Reshape, Average): `module`, as files give it, tells them apart. Without one a layer comes first.
const LayerClass* find_layer_class(const std::string& name, const std::string& module = "");
/// The names of all classes in alphabetical order.
std::vector<std::string> layer_class_names();
/// Adds a custom class, or replaces a class. Throws ConfigError for an empty name.
void register_layer_class(LayerClass layer_class);
/// Whether register_layer_class was called for this name.
bool is_registered_by_caller(const std::string& name);

}  // namespace graft
