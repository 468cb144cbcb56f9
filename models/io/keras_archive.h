#pragma once

// The `.keras` archive of Keras 3: a zip file with config.json, metadata.json and model.weights.h5.

#include <filesystem>

#include "graft/models/model/model.h"

namespace graft::io {

/// Whether the file begins like a zip file.
bool is_keras_archive(const std::filesystem::path& path);
/// Reads the model with its weights. Throws FormatError for a damaged archive or one of Keras 2, and wherever
/// read_architecture and load_keras3_weights do; BackendError when the build has no libzip or no HDF5.
Model load_keras_archive(const std::filesystem::path& path);
/// Reads only the weights, into the model. Throws likewise.
void load_keras_archive_weights(const Model& model, const std::filesystem::path& path);
/// Writes the model with its weights, in the layout of Keras 3.15; the old file stays where that fails. Throws
/// ConfigError for what Keras refuses, and BackendError when the file cannot be written or the build has no libzip or
/// no HDF5.
void save_keras_archive(const Model& model, const std::filesystem::path& path);

}  // namespace graft::io
