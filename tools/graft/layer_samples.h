#pragma once

#include <optional>

#include "graft/graph/layer_impl.h"
#include "graft/models/io/base/literal_json.h"

namespace graft::tool {

/// A setting of a class by Keras's name; without a default it is required.
struct Setting {
  std::string name;
  std::optional<Json> value;
};

/// The settings of a class in Keras's order, without those that every layer has (name, trainable, dtype).
std::vector<Setting> settings_of(const LayerClass& layer_class);

/// A layer of a class, called on inputs that it takes.
struct LayerSample {
  SymbolicTensors inputs, outputs;
};

/// A sample with every setting at its default, but those that are required. None for a class without a call (an
/// input), or where no inputs that the samples know fit.
std::optional<LayerSample> sample_of(const LayerClass& layer_class);

}  // namespace graft::tool
