#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace graft::io {

/// Unpacks one file of a zip archive; returns nothing when the archive has none of this name. Throws FormatError naming
/// the archive when it is missing, damaged or truncated; BackendError when the build has no libzip.
std::optional<std::string> read_zip_entry(const std::filesystem::path& archive, const std::string& name);

}  // namespace graft::io
