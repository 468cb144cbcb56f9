#pragma once

#include <filesystem>
#include <string>

#include "graft/models/model/model.h"

namespace graft {

/// Reads a saved model with its weights: a folder with model.json (Graft, TF.js layers models) or its model.json, a
/// `.keras` archive of Keras 3, or an `.h5` of Keras 1 to 3. The format is recognised by the content.
/// Layers of classes that are not known are loaded too; such a model can be looked at, changed and saved, but not run.
/// Throws FormatError naming the file and the place in it when it is damaged, and when weights are missing or have
/// another shape; BackendError for .h5 and .keras in a build without HDF5 or libzip. Source: keras.saving.load_model.
Model load_model(const std::filesystem::path& path);

/// Makes a model with fresh weights from an architecture that Model::to_json or Keras has written.
/// Throws FormatError naming the JSON path. Source: keras.models.model_from_json.
Model model_from_json(const std::string& json);

namespace io {

/// Like load_model, but returns a model with fresh weights for a .json file without weights.
Model load_model_or_architecture(const std::filesystem::path& path);

}  // namespace io

}  // namespace graft
