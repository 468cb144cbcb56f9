#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "graft/core/tensor.h"
#include "graft/models/io/base/json_view.h"

namespace graft::io {

/// A weight of a file.
struct SavedTensor {
  std::string name;
  Tensor tensor;
};
using SavedTensors = std::vector<SavedTensor>;

/// Reads the weights of a TF.js `weightsManifest`: any number of groups, each of any number of shards; a tensor may
/// extend over several shards. uint8 and uint16 with scale and min, and float16, become float32.
/// Throws FormatError: a shard that is missing, too short or too long, a name that occurs twice, an unknown type.
SavedTensors read_manifest(const JsonView& manifest, const std::filesystem::path& folder);

/// The manifest of one group in one shard that holds the tensors one after the other, and the shard's bytes.
Json write_manifest(const SavedTensors& tensors, const std::string& shard);
std::string shard_bytes(const SavedTensors& tensors);

/// The shape of a stored weight. Throws FormatError for an unknown dimension, or one that no memory holds.
Shape checked_shape(const JsonView& dims);

}  // namespace graft::io
