#include "graft/core/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "graft/core/error.h"

namespace graft {

namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

std::filesystem::path temporary_name(const std::filesystem::path& target) {
  static std::atomic<unsigned> count{0};
  return folder_of(target) / cat(".", target.filename().string(), ".", getpid(), ".", count++, ".tmp");
}

// The rename itself must reach the disk too. Some file systems refuse to flush a folder, and do not need it.
void flush_folder(const std::filesystem::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target) : target_(std::move(target)), temporary_(temporary_name(target_)) {
  descriptor_ = open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("created");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("written");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void AtomicFile::commit() {
  // The file is opened again, because a library that wrote to temporary() may have put another file in its place.
  const int written = open(temporary_.c_str(), O_RDONLY | O_CLOEXEC);
  if (written < 0) fail("written");
  const bool flushed = fsync(written) == 0;
  const int reason = errno;
  close(written);
  errno = reason;
  if (!flushed) fail("written");
  if (rename(temporary_.c_str(), target_.c_str()) != 0) fail("replaced");
  close(descriptor_);
  descriptor_ = -1;
  flush_folder(folder_of(target_));
}

void AtomicFile::fail(const char* what) const {
  throw BackendError(cat(target_.string(), ": cannot be ", what, ": ", std::strerror(errno)));
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

std::string read_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw FormatError(path.string(), "expected a file; it is a folder");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) throw FormatError(path.string(), cat("cannot be opened: ", std::strerror(errno)));
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) throw FormatError(path.string(), cat("cannot be read: ", std::strerror(errno)));
  return bytes;
}

}  // namespace graft
