#pragma once

#include <vector>

#include "graft/models/io/architecture/file_layer.h"
#include "graft/models/io/base/json_view.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// The architecture of a model as it is written. In the Keras-2 schema, TF.js needs every layer's name to be unique
/// over all nested models; the ids say which layers were renamed for that, or are one and the same.
struct WrittenArchitecture {
  Json topology;                  ///< {"class_name", "config"}
  Json ids;                       ///< as read_ids reads them
  std::vector<FileLayer> layers;  ///< with weights or without, each as often as it is written
};
WrittenArchitecture write_architecture(const Model& model);

}  // namespace graft::io
