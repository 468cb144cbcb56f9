#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "graft/core/tensor.h"

namespace graft::test {

/// A table of what single objects of Keras give, tests/data/keras3_tables/NAME.json: a list of objects.
nlohmann::ordered_json keras_table(const std::string& name);

/// Numbers in nested lists as a Tensor of floats.
Tensor nested_lists(const nlohmann::ordered_json& json);

}  // namespace graft::test
