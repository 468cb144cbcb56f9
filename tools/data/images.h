#pragma once

#include <filesystem>
#include <vector>

#include "graft/core/tensor.h"

namespace graft::tools {

/// Writes an image (H, W, C) of 1 or 3 channels with values from 0 to 1 (others are clipped), whole or not at all.
/// Throws ShapeError for another shape, BackendError when it cannot be written.
void write_png(const std::filesystem::path& path, const Tensor& image);

/// Reads an image (H, W, channels) with values from 0 to 1. Throws FormatError naming the file.
Tensor read_png(const std::filesystem::path& path, int64_t channels);

struct GridOptions {
  int64_t scale = 1;  ///< edge of the square that one pixel becomes
  int64_t gap = 2;    ///< pixels between and around the images
  float background = 1;
};
/// Makes one picture of many: each Tensor of (N, H, W, C) is a row of it.
/// Throws ShapeError unless all have the same H, W and C.
Tensor image_grid(const std::vector<Tensor>& rows, const GridOptions& options = {});

}  // namespace graft::tools
