#pragma once

#include <string>
#include <vector>

#include "graft/graph/layer_impl.h"

namespace graft {

// All classes that can be read from a file, those of users included. The functions may be called from any thread.

/// The class of this name; null when there is none. A class that a caller has registered comes first, and a package
/// before its name ("mine>Block") may be left out there. Some names of Keras are those of a layer and of an operation
/// of keras.ops (Reshape, Average): `module`, as files give it, tells them apart; without one a layer comes first. Of a
/// module that is not Keras's only callers have classes.
const LayerClass* find_layer_class(const std::string& name, const std::string& module = "");
/// Whether a class of this module, "keras.layers", is one of Keras; files before Keras 3 name none.
bool is_of_keras(const std::string& module);
/// The names of all classes in alphabetical order.
std::vector<std::string> layer_class_names();
/// Where graph/layers has a layer of Keras: "convolution/conv" for conv.h there. Empty for operations and custom
/// classes.
std::string layer_class_place(const std::string& name);
/// Adds a custom class, or replaces a class. Throws ConfigError for an empty name.
void register_layer_class(LayerClass layer_class);
/// Whether register_layer_class was called for this name.
bool is_registered_by_caller(const std::string& name);

}  // namespace graft
