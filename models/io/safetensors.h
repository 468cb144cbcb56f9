#pragma once

// Weights without an architecture in `.safetensors`: a JSON header with type, shape and offsets of each array, then the
// numbers.

#include <filesystem>

#include "graft/models/io/manifest.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// Whether the path has this ending. The content does not show the format, since it begins with a mere length.
bool is_safetensors(const std::filesystem::path& path);
/// Assigns the weights to a model by path, "encoder/conv2d/kernel". Throws as read_safetensors and assign_by_path do.
void load_safetensors_weights(const Model& model, const std::filesystem::path& path);
/// Writes the weights of a model by path. Throws BackendError when the file cannot be written.
void save_safetensors_weights(const Model& model, const std::filesystem::path& path);

/// Reads arrays of float32, float16, bfloat16 and float64 as float32.
/// Throws FormatError for a truncated file, an array outside the file, and an unknown type.
SavedTensors read_safetensors(const std::filesystem::path& path);
/// Writes float32. The file appears whole or not at all.
void write_safetensors(const std::filesystem::path& path, const SavedTensors& tensors);

}  // namespace graft::io
