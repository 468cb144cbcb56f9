#pragma once

#include "graft/models/model/model.h"

namespace graft::test {

/// "x first inner c": the names of the layers in Keras's order.
inline std::string names(const LayerList& layers) {
  std::string text;
  for (const GraphLayer& layer : layers) text += cat(text.empty() ? "" : " ", layer.name());
  return text;
}
inline std::string names(const Model& model) { return names(model.layers()); }

}  // namespace graft::test
