#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace graft {

/// A file that appears whole or not at all: it is written under another name in the same folder, then flushed to disk
/// and renamed. Without commit() it is removed, so that a failure leaves the old file as it was.
///
///     AtomicFile file("model.json");
///     file.write(text);                    // or let a library write to file.temporary()
///     file.commit();
class AtomicFile {
 public:
  /// Throws BackendError naming the path when its folder cannot be written to.
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Where the content goes until commit(): an empty file that exists already.
  const std::filesystem::path& temporary() const { return temporary_; }
  /// Appends the bytes. Throws BackendError naming the path and the reason (a full disk).
  void write(std::string_view bytes);
  void commit();

 private:
  [[noreturn]] void fail(const char* what) const;

  std::filesystem::path target_, temporary_;
  int descriptor_ = -1;
};

/// Writes these bytes with an AtomicFile.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// Returns the whole file. Throws FormatError naming the path and the reason.
std::string read_file(const std::filesystem::path& path);

}  // namespace graft
