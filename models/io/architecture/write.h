#pragma once

#include <vector>

#include "graft/models/io/architecture/file_layer.h"
#include "graft/models/io/base/json_view.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// The architecture of a model as it is written. In the Keras-2 schema, TF.js needs every layer's name to be unique
/// over all nested models; the ids record which layers were renamed for that, and which entries are the same layer.
struct WrittenArchitecture {
  Json topology;                  ///< {"class_name", "config"}
  Json ids;                       ///< as read_ids reads them
  std::vector<FileLayer> layers;  ///< with or without weights; each is listed as often as it is written
};
WrittenArchitecture write_architecture(const Model& model);

}  // namespace graft::io
