#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "graft/models/model/model.h"

namespace graft::io {

/// What a path holds, told by what is there.
enum class FileKind { folder, json, keras, h5, safetensors };

/// Throws FormatError when there is nothing, or nothing that is known.
FileKind kind_of(const std::filesystem::path& path);

/// load_model, and for a bare architecture (.json without weights) a model with fresh weights.
Model load_model_or_architecture(const std::filesystem::path& path);

/// The folder format: model.json, group1-shard1of1.bin, and the probe. Atomic; an existing model is replaced whole.
/// Throws ConfigError when the path is a folder that holds anything else than a saved model.
void save_folder(const Model& model, const std::filesystem::path& folder);

inline constexpr const char* kModelFile = "model.json";
inline constexpr const char* kShardFile = "group1-shard1of1.bin";
inline constexpr const char* kProbeFile = "graft_probe.json";
inline constexpr const char* kProbeData = "graft_probe.bin";

}  // namespace graft::io
