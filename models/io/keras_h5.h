#pragma once

// The `.h5` file of Keras 1, 2 and (as its legacy form) 3, with architecture and weights; and `.weights.h5` of any.

#include <filesystem>

#include "graft/models/model/model.h"

namespace graft::io {

/// Whether the file begins as an HDF5 file.
bool is_keras_h5(const std::filesystem::path& path);
/// Throws FormatError: damaged, weights without an architecture, and as read_architecture and load_legacy_weights;
/// BackendError when the build has no HDF5.
Model load_keras_h5(const std::filesystem::path& path);
/// Reads the weights alone, in Keras 3's layout or the legacy one. Throws likewise.
void load_keras_h5_weights(const Model& model, const std::filesystem::path& path);

}  // namespace graft::io
