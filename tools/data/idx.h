#pragma once

#include <filesystem>

#include "graft/core/tensor.h"

namespace graft::tools {

/// Reads a data set in the IDX format of the MNIST family, compressed by gzip or not: bytes of any rank. Throws
/// FormatError naming the file if it is damaged, has another element type, or another size than the header promises.
Tensor read_idx(const std::filesystem::path& path);

}  // namespace graft::tools
