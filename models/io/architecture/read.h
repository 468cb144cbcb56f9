#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "graft/models/io/architecture/file_layer.h"
#include "graft/models/io/base/json_view.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// A model as its architecture describes it, with fresh weights.
struct ReadArchitecture {
  Model model;
  std::vector<FileLayer> layers;  ///< the layers that may have weights: no inputs, no models
};

/// The graft_ids block of a file: which entries are the same layer, and which have another name in the file. In the
/// schema of Keras 3, where nested models may have layers of one name, paths stand for names: "encoder/dense".
struct LayerIds {
  std::unordered_map<std::string, std::string> names;   ///< name in the file -> the user's
  std::unordered_map<std::string, std::string> shared;  ///< name in the file -> the earlier name of the same layer
  std::unordered_set<std::string> automatic;            ///< automatic names, which the graph will number again
};
LayerIds read_ids(const JsonView& block);

/// Reads {"class_name": "Functional" | "Model" | "Sequential", "config": {...}} in any dialect:
/// TF.js, Keras 2, Keras 3.
/// Layers of unknown classes stand in it as UnknownLayers. Throws FormatError with the JSON path.
ReadArchitecture read_architecture(const JsonView& model, const LayerIds& ids, KerasVersion version);

}  // namespace graft::io
