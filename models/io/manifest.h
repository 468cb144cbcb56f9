#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "graft/core/tensor.h"
#include "graft/models/io/base/json_view.h"

namespace graft::io {

/// A weight that a file holds.
struct SavedTensor {
  std::string name;
  Tensor tensor;
};
using SavedTensors = std::vector<SavedTensor>;

/// Reads the weights of a TF.js `weightsManifest`: any number of groups, each of any number of shards; a tensor may
/// extend over several shards. Weights quantized to uint8 or uint16 (with scale and min) or float16 become float32.
/// Throws FormatError for a shard that is missing, too short or too long, a name that occurs twice, and an unknown
/// type.
SavedTensors read_manifest(const JsonView& manifest, const std::filesystem::path& folder);

/// Returns the manifest of one group with one shard. shard_bytes returns the content of that shard: the tensors one
/// after the other.
Json write_manifest(const SavedTensors& tensors, const std::string& shard);
std::string shard_bytes(const SavedTensors& tensors);

/// Reads the shape of a stored weight. Throws FormatError for an unknown dimension and for a size beyond any memory.
Shape checked_shape(const JsonView& dims);

}  // namespace graft::io
