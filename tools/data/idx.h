#pragma once

#include <filesystem>

#include "graft/core/tensor.h"

namespace graft::tools {

/// A data set in the IDX format, gzip'd or plain: bytes of any rank, as the MNIST family has them.
/// Throws FormatError naming the file: damaged, another element type, or a size that the header does not promise.
Tensor read_idx(const std::filesystem::path& path);

}  // namespace graft::tools
