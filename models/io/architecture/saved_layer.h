#pragma once

#include <string>

#include "graft/models/io/base/json_view.h"

namespace graft::io {

// The entry of a layer in a saved model: {"class_name", "config", "name", "inbound_nodes"}.

bool is_sequential(const std::string& class_name);
bool is_model(const std::string& class_name);   ///< a nested model: Functional, Model, Sequential
JsonView layers_of(const JsonView& config);     ///< the entries of a model
std::string saved_name(const JsonView& entry);  ///< "" when the file leaves it out

std::string module_of(const JsonView& entry);  ///< "keras.layers"; "" when the file leaves it out

/// Throws FormatError listing every layer of unknown class in the model and its nested models.
void check_classes(const JsonView& model);

}  // namespace graft::io
