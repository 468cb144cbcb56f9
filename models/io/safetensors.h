#pragma once

#include <filesystem>

#include "graft/models/io/manifest.h"

namespace graft::io {

/// Weights alone, as `.safetensors`: a JSON header with type, shape and place of each, then the numbers. float32,
/// float16, bfloat16 and float64 are read, float32 is written (atomically).
/// Throws FormatError: truncated, an array outside the file, an unknown type.
SavedTensors read_safetensors(const std::filesystem::path& path);
void write_safetensors(const std::filesystem::path& path, const SavedTensors& tensors);

}  // namespace graft::io
