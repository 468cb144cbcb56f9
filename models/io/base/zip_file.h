#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace graft::io {

/// Unpacks one file of a zip archive; returns nothing when the archive has none of this name. Throws FormatError naming
/// the archive when it is missing, damaged or truncated; BackendError when the build has no libzip.
std::optional<std::string> read_zip_entry(const std::filesystem::path& archive, const std::string& name);

/// A file of an archive that is written: its content, or a file that has it.
struct ZipEntry {
  std::string name;
  std::string bytes = {};
  std::filesystem::path file = {};  ///< empty: the content is `bytes`
};

/// Writes an archive, whose files are stored as they are, in place of the file `archive`. Throws BackendError naming
/// the archive when it cannot be written, or when the build has no libzip.
void write_zip(const std::filesystem::path& archive, const std::vector<ZipEntry>& entries);

}  // namespace graft::io
