#include "graft/models/io/base/file_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "graft/core/error.h"
#include "graft/core/file.h"

namespace graft::io {

namespace fs = std::filesystem;

[[noreturn]] static void refuse(const fs::path& path, int reason) {
  throw BackendError(cat(path.string(), ": cannot be written: ", std::strerror(reason)));
}

// Flushes the entries of a folder to the disk as well.
static void flush_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) refuse(folder, errno);
  const int reason = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (reason != 0) refuse(folder, reason);
}

// A new, empty folder beside the final one; the destructor removes it with its content.
class SiblingFolder {
 public:
  explicit SiblingFolder(const fs::path& folder) {
    path_ = (folder.parent_path() / cat('.', folder.filename().string(), ".XXXXXX")).string();
    if (::mkdtemp(path_.data()) == nullptr) refuse(folder, errno);
    ::chmod(path_.c_str(), S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH);  // mkdtemp lets only the owner in
  }
  ~SiblingFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  SiblingFolder(const SiblingFolder&) = delete;
  SiblingFolder& operator=(const SiblingFolder&) = delete;
  const char* c_str() const { return path_.c_str(); }
  fs::path path() const { return path_; }

 private:
  std::string path_;
};

// The two folders exchange their names. Where the file system cannot do that at once, the old one is renamed first and
// gets its name back if the new one cannot take it.
static void exchange(const SiblingFolder& sibling, const fs::path& folder) {
  if (!fs::exists(folder)) {
    if (::rename(sibling.c_str(), folder.c_str()) != 0) refuse(folder, errno);
    return;
  }
  if (::renameat2(AT_FDCWD, sibling.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) return;
  const SiblingFolder old(folder);
  if (::rename(folder.c_str(), old.c_str()) != 0) refuse(folder, errno);
  if (::rename(sibling.c_str(), folder.c_str()) == 0) return;
  const int reason = errno;
  ::rename(old.c_str(), folder.c_str());
  refuse(folder, reason);
}

void replace_folder(const fs::path& given, const FolderContents& contents) {
  fs::path folder = fs::absolute(given).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  std::error_code reason;
  fs::create_directories(folder.parent_path(), reason);
  if (reason) refuse(folder, reason.value());
  const SiblingFolder sibling(folder);
  for (const auto& [name, bytes] : contents) write_file(sibling.path() / name, bytes);
  flush_folder(sibling.path());
  exchange(sibling, folder);
  flush_folder(folder.parent_path());
}

}  // namespace graft::io
