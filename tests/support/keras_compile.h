#pragma once

#include <nlohmann/json.hpp>

#include "graft/models/training/fit_config.h"

namespace graft::test {

/// What Keras wrote of compile() (model.get_compile_config()), in Graft's words; `outputs` are the names of the model's
/// outputs. Throws what nlohmann_json and Graft throw for what Graft does not have.
CompileConfig keras_compile_config(const nlohmann::ordered_json& json, const std::vector<std::string>& outputs);

/// One optimizer as Keras writes it: {"class_name": "SGD", "config": {...}}.
Optimizer keras_optimizer(const nlohmann::ordered_json& json);

}  // namespace graft::test
