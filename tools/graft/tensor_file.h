#pragma once

#include <filesystem>

#include "graft/core/tensor.h"

namespace graft::tool {

/// Reads .npy, or .json with nested lists of numbers, strings, or true and false. Integers and truth values become
/// `dtype` if it is such a type too, and lists of strings are strings; other elements keep the type that load_npy gives
/// them. Throws FormatError naming the file.
Tensor read_tensor(const std::filesystem::path& path, DType dtype);

/// Writes .npy, or nested lists as .json; bfloat16 becomes float32, which holds it exactly. Throws DataError for
/// strings as .npy.
void write_tensor(const std::filesystem::path& path, const Tensor& tensor);

}  // namespace graft::tool
