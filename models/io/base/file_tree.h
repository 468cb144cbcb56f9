#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace graft::io {

/// The bytes of a folder's files by name.
using FolderContents = std::map<std::string, std::string>;

/// Puts a whole folder in place at once: everything is written and flushed beside it, then renamed, so that a crash or
/// a full disk leaves the old folder or the new one, never a mixture. An existing folder is replaced. Throws
/// BackendError naming the path and the reason when it cannot be written.
void replace_folder(const std::filesystem::path& folder, const FolderContents& contents);

}  // namespace graft::io
