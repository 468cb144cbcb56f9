#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "graft/core/dtype.h"
#include "graft/core/shape.h"

namespace graft {

// NumPy's .npy: a magic string, a version, a header that is a Python dictionary, and the elements. Users read and write
// it with Tensor::load_npy and Tensor::save_npy.

/// The content of a file: dense elements in row-major order.
struct NpyArray {
  Shape shape;
  DType dtype = DType::f32;
  std::shared_ptr<std::byte> elements;
  std::string descr = {};  ///< the type as the file names it, without the order of bytes: "i8"
};

/// Reads version 1 to 3 in C order; the elements keep their type.
/// Throws FormatError naming the file and what is wrong with it.
NpyArray read_npy(const std::filesystem::path& path);

/// The type of the elements of a file, from its header. Throws likewise.
DType stored_type(const std::filesystem::path& path);

/// Writes version 1; the file appears whole or not at all. Throws DataError for bfloat16 and strings, which are not
/// written as .npy, and BackendError naming the path when it cannot be written.
void write_npy(const std::filesystem::path& path, const NpyArray& array);

}  // namespace graft
