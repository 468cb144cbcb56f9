#pragma once

#include <filesystem>
#include <string>

#include "graft/models/model/model.h"

namespace graft {

/// Reads a saved model with its weights: a folder with model.json (Graft, TF.js layers models) or its model.json, a
/// `.keras` archive of Keras 3, an `.h5` of Keras 1 to 3. The file is recognised by its content.
/// Throws FormatError naming the file and the place in it: damaged, weights missing or of another shape, layer classes
/// that are not known (all listed at once); BackendError for .h5 and .keras in a build without HDF5 or libzip.
/// Source: keras.saving.load_model.
Model load_model(const std::filesystem::path& path);

/// Makes a model with fresh weights from an architecture, as Model::to_json and Keras write it.
/// Throws FormatError with the JSON path. Source: keras.models.model_from_json.
Model model_from_json(const std::string& json);

namespace io {

/// As load_model, and for a .json file without weights a model with fresh ones.
Model load_model_or_architecture(const std::filesystem::path& path);

}  // namespace io

}  // namespace graft
