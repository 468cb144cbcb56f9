#pragma once

// Weights alone, as `.safetensors`: a JSON header with type, shape and place of each array, then the numbers.

#include <filesystem>

#include "graft/models/io/manifest.h"
#include "graft/models/model/model.h"

namespace graft::io {

/// Whether the path ends so: the first bytes are only a length.
bool is_safetensors(const std::filesystem::path& path);
/// Gives the weights to a model by path, "encoder/conv2d/kernel". Throws as read_safetensors and assign_by_path.
void load_safetensors_weights(const Model& model, const std::filesystem::path& path);
/// Writes the weights of a model by path. Throws BackendError when the disk refuses.
void save_safetensors_weights(const Model& model, const std::filesystem::path& path);

/// Reads float32, float16, bfloat16 and float64, all as float32.
/// Throws FormatError: truncated, an array outside the file, an unknown type.
SavedTensors read_safetensors(const std::filesystem::path& path);
/// Writes float32. The file appears whole or not at all.
void write_safetensors(const std::filesystem::path& path, const SavedTensors& tensors);

}  // namespace graft::io
