#pragma once

#include <functional>
#include <optional>
#include <string>

#include "graft/core/initializer.h"
#include "graft/graph/config.h"
#include "graft/graph/fields.h"
#include "graft/models/io/base/literal_json.h"

namespace graft {

/// The version whose names a config uses. The keys are the same; "hard_sigmoid" is another function since Keras 3.
enum class KerasVersion { v2, v3 };  ///< v2: Keras 1 and 2, TF.js

/// Reads an object of settings by the fields that describe them; refuses others, naming `who`.
using ReadSettings = std::function<void(const Json& settings, const std::string& path, const std::string& who,
                                        const std::function<void(FieldVisitor&)>& fields)>;

// Settings that are objects with settings of their own, {"class_name", "config"}, or a name. The readers throw
// FormatError naming `path` for a class that is not known and for settings that it does not have.

/// "relu"; {"class_name": "function", "config": "relu"}; or a layer of keras.layers that is an activation:
/// {"class_name": "ReLU", "config": {"max_value": 6.0}}. Functions with settings for which Keras has no layer are
/// written by their own name, {"class_name": "gelu", "config": {"approximate": true}}, which Keras refuses.
ActivationFunction read_activation(const Json& json, const std::string& path, KerasVersion version,
                                   const ReadSettings& read);
Json write_activation(const ActivationFunction& activation, KerasVersion version);

Initializer read_initializer(const Json& json, const std::string& path, const ReadSettings& read);
Json write_initializer(const Initializer& initializer, KerasVersion version);

Regularizer read_regularizer(const Json& json, const std::string& path, const ReadSettings& read);
Json write_regularizer(const Regularizer& regularizer);  ///< null for none

Constraint read_constraint(const Json& json, const std::string& path, const ReadSettings& read);
Json write_constraint(const Constraint& constraint);  ///< null for none

/// The name of a dtype or of a dtype policy: "float32", or Keras 3's object {"class_name": "DTypePolicy", "config":
/// {"name": "float32"}}, QuantizedDTypePolicy {"mode": "int8", "source_name": "float32"} ("int8_from_float32"), or a
/// map without entries. None for anything else.
std::optional<std::string> policy_name(const Json& json);

}  // namespace graft
