#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graft/models/io/base/json_view.h"

namespace graft::io {

// The entry of a layer in a saved model: {"class_name", "config", "name", "inbound_nodes"}.

bool is_sequential(const std::string& class_name);
bool is_model(const std::string& class_name);   ///< a nested model: Functional, Model, Sequential
JsonView layers_of(const JsonView& config);     ///< the entries of a model
std::string saved_name(const JsonView& entry);  ///< "" when the file leaves it out
/// The shape of the input that the layer was built for, as Keras 3 writes it; () without one.
Shape built_shape(const JsonView& entry);

/// Makes a layer that is no model from its entry. Throws as read_layer_config.
Layer read_layer_entry(const JsonView& entry, KerasVersion version, const InnerModels& models);

/// The key of what is known of the outputs of a layer of an unknown class; other programs ignore it.
inline constexpr const char* kOutputsKey = "graft_outputs";
Json write_outputs(const std::vector<InputSpec>& outputs);

/// Notes that an output of the layer is used, and what the use says of it: all that is known of a layer that cannot
/// infer it.
void note_output(LayerImpl& layer, size_t output, const std::optional<InputSpec>& spec);

}  // namespace graft::io
