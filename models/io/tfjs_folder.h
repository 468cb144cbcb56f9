#pragma once

// The format of TF.js layers models: a folder with model.json, which holds architecture and manifest, and the weights
// in files that the manifest names. Graft puts a probe beside them (probe.h).

#include <filesystem>

#include "graft/models/model/model.h"

namespace graft::io {

bool is_folder(const std::filesystem::path& path);
/// Throws FormatError: no model.json, an architecture without weights, and as read_document and read_manifest.
Model load_folder(const std::filesystem::path& folder);
/// Throws FormatError: no model.json or no manifest in it, and as read_manifest and assign_named.
void load_folder_weights(const Model& model, const std::filesystem::path& folder);
/// Writes model.json, one file of weights, and the probe. The folder appears whole or not at all; a saved model that is
/// there is replaced. Throws ConfigError when the path is a file, or a folder that holds anything else than a saved
/// model; BackendError when the disk refuses.
void save_folder(const Model& model, const std::filesystem::path& folder);

/// The model.json of such a folder, or a file with an architecture alone: ends in .json or begins with '{'.
bool is_model_json(const std::filesystem::path& path);
/// Throws as load_folder.
Model load_model_json(const std::filesystem::path& path);
/// As load_model_json; without a manifest, the model has fresh weights.
Model load_model_json_or_architecture(const std::filesystem::path& path);
void load_model_json_weights(const Model& model, const std::filesystem::path& path);

}  // namespace graft::io
