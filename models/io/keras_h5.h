#pragma once

// The `.h5` file of Keras 1, 2 and (as its legacy form) 3, which holds architecture and weights; and `.weights.h5`.

#include <filesystem>

#include "graft/models/model/model.h"

namespace graft::io {

/// Whether the file begins like an HDF5 file.
bool is_keras_h5(const std::filesystem::path& path);
/// Reads the model with its weights. Throws FormatError for a damaged file or one without an architecture, and wherever
/// read_architecture and load_legacy_weights do; BackendError when the build has no HDF5.
Model load_keras_h5(const std::filesystem::path& path);
/// Reads only the weights, in the layout of Keras 3 or the legacy one, into the model. Throws likewise.
void load_keras_h5_weights(const Model& model, const std::filesystem::path& path);
/// Writes the model with its weights, as Keras 3 writes an `.h5`; the old file stays where that fails. Throws
/// ConfigError for what Keras refuses, and BackendError when the file cannot be written or the build has no HDF5.
void save_keras_h5(const Model& model, const std::filesystem::path& path);
/// Writes the weights as a `.weights.h5` of Keras 3; the old file stays where that fails. Throws BackendError when the
/// file cannot be written or the build has no HDF5.
void save_keras_h5_weights(const Model& model, const std::filesystem::path& path);

}  // namespace graft::io
