#include "graft/models/io/base/file_start.h"

#include <fstream>

#include "graft/core/error.h"

namespace graft::io {

std::string file_start(const std::filesystem::path& path) {
  constexpr std::streamsize kCount = 16;
  if (std::filesystem::is_directory(path)) return {};
  std::string bytes(kCount, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), kCount) && file.gcount() == 0) {
    if (!file.is_open()) throw FormatError(path.string(), "cannot be opened");
    throw FormatError(path.string(), "is empty");
  }
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

}  // namespace graft::io
