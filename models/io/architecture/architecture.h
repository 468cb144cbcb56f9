#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "graft/models/io/base/json_view.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// A layer of a saved model, nested models' layers included. `name` is the layer's in the file: TF.js finds weights by
/// it
/// ("conv2d" of "conv2d/kernel"). `path` says where it stands ("encoder/conv2d").
struct FileLayer {
  std::string name, path;
  Layer layer;
};

/// What an architecture says, beside the model itself.
struct ReadArchitecture {
  Model model;
  std::vector<FileLayer> layers;  ///< those that may have weights: no inputs, no models
};

/// Which of its layers are one and the same, or had another name: the graft_ids block of a file.
struct LayerIds {
  std::unordered_map<std::string, std::string> names;   ///< name in the file -> the user's
  std::unordered_map<std::string, std::string> shared;  ///< name in the file -> the earlier name of the same layer
  std::unordered_set<std::string> automatic;            ///< names that the graph gave, and will give again
};
LayerIds read_ids(const JsonView& block);

/// From {"class_name": "Functional" | "Model" | "Sequential", "config": {...}} in any dialect: TF.js, Keras 2, Keras 3.
/// Throws FormatError with the JSON path; layer classes that are not known are all listed at once. Settings that no
/// version of a layer knows are tolerated and told in one line on stderr.
ReadArchitecture read_architecture(const JsonView& model, const LayerIds& ids, KerasVersion version);

/// What is written of a model: `topology` is the Keras-2 schema, in which TF.js needs every layer's name to be unique
/// over all nested models; `ids` says which layers were renamed for that, or are one and the same.
struct WrittenArchitecture {
  Json topology;  ///< {"class_name", "config"}
  Json ids;
  std::vector<FileLayer> layers;  ///< with weights or without, each as often as it is written
};
WrittenArchitecture write_architecture(const Model& model);

/// The key of the block of ids, beside the topology; other programs ignore it.
inline constexpr const char* kIdsKey = "graft_ids";

}  // namespace graft::io
