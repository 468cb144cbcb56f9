#pragma once

// The `.keras` archive of Keras 3: a zip file with config.json, metadata.json and model.weights.h5.

#include <filesystem>

#include "graft/models/model/model.h"

namespace graft::io {

/// Whether the file begins as a zip file.
bool is_keras_archive(const std::filesystem::path& path);
/// Throws FormatError: damaged, of Keras 2, and as read_architecture and load_keras3_weights; BackendError when the
/// build has no libzip or no HDF5.
Model load_keras_archive(const std::filesystem::path& path);
/// Reads the weights alone. Throws likewise.
void load_keras_archive_weights(const Model& model, const std::filesystem::path& path);

}  // namespace graft::io
