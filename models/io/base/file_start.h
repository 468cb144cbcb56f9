#pragma once

#include <filesystem>
#include <string>

namespace graft::io {

/// The first 16 bytes of a file, or all of a shorter one, by which its format is recognised; empty for a folder.
/// Throws FormatError when the file cannot be opened or is empty.
std::string file_start(const std::filesystem::path& path);

}  // namespace graft::io
