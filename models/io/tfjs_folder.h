#pragma once

// The format of TF.js layers models: a folder with model.json, which holds architecture and manifest, and the weights
// in files that the manifest names. Graft puts a probe beside them (probe.h).

#include <filesystem>

#include "graft/models/model/model.h"

namespace graft::io {

bool is_folder(const std::filesystem::path& path);
/// Reads the model with its weights. Throws FormatError when there is no model.json or it has no weights, and wherever
/// read_document and read_manifest do.
Model load_folder(const std::filesystem::path& folder);
/// Reads only the weights, into the model. Throws FormatError when there is no model.json or no manifest in it, and
/// wherever read_manifest and assign_named do.
void load_folder_weights(const Model& model, const std::filesystem::path& folder);
/// Writes model.json, one file of weights, and the probe. The folder appears whole or not at all and replaces a saved
/// model at this path. Throws ConfigError when the path is a file, or a folder that holds anything but a saved model;
/// BackendError when it cannot be written.
void save_folder(const Model& model, const std::filesystem::path& folder);

/// Whether the path is the model.json of such a folder or a file with only an architecture: it ends in .json or begins
/// with '{'.
bool is_model_json(const std::filesystem::path& path);
/// Reads the model.json of a folder with the weights beside it. Throws as load_folder does.
Model load_model_json(const std::filesystem::path& path);
/// Like load_model_json, but the model has fresh weights when there is no manifest.
Model load_model_json_or_architecture(const std::filesystem::path& path);
void load_model_json_weights(const Model& model, const std::filesystem::path& path);

}  // namespace graft::io
