#include "graft/models/io/base/zip_file.h"

#include "graft/core/error.h"

#ifdef GRAFT_HAVE_ZIP

#include <zip.h>

#include <memory>

namespace graft::io {

std::optional<std::string> read_zip_entry(const std::filesystem::path& archive, const std::string& name) {
  const std::string path = archive.string();
  if (!std::filesystem::exists(archive)) throw FormatError(path, "cannot be opened: No such file or directory");
  int code = 0;
  const std::unique_ptr<zip_t, void (*)(zip_t*)> zip(zip_open(path.c_str(), ZIP_RDONLY, &code), zip_discard);
  if (!zip) throw FormatError(path, "is not a zip archive, or it is truncated");
  zip_stat_t entry;
  if (zip_stat(zip.get(), name.c_str(), 0, &entry) != 0) return {};
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(zip_fopen(zip.get(), name.c_str(), 0), zip_fclose);
  std::string bytes(entry.size, '\0');
  const bool whole =
      file && zip_fread(file.get(), bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size());
  char beyond = 0;  // only reading to the end checks the checksum
  if (!whole || zip_fread(file.get(), &beyond, 1) != 0) throw FormatError(cat(path, ": ", name), "is damaged");
  return bytes;
}

static bool add(zip_t* zip, const ZipEntry& entry) {
  zip_source_t* const source = entry.file.empty() ? zip_source_buffer(zip, entry.bytes.data(), entry.bytes.size(), 0)
                                                  : zip_source_file(zip, entry.file.c_str(), 0, -1);
  const zip_int64_t index = source ? zip_file_add(zip, entry.name.c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
  if (index < 0) {
    if (source) zip_source_free(source);
    return false;
  }
  return zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0) == 0;
}

[[noreturn]] static void fail_to_write(const std::filesystem::path& archive, const char* reason) {
  throw BackendError(cat(archive.string(), ": cannot be written: ", reason));
}

void write_zip(const std::filesystem::path& archive, const std::vector<ZipEntry>& entries) {
  int code = 0;
  std::unique_ptr<zip_t, void (*)(zip_t*)> zip(zip_open(archive.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code),
                                               zip_discard);
  if (!zip) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    fail_to_write(archive, zip_error_strerror(&error));
  }
  for (const ZipEntry& entry : entries)
    if (!add(zip.get(), entry)) fail_to_write(archive, zip_strerror(zip.get()));
  if (zip_close(zip.get()) != 0) fail_to_write(archive, zip_strerror(zip.get()));
  zip.release();
}

}  // namespace graft::io

#else

namespace graft::io {

std::optional<std::string> read_zip_entry(const std::filesystem::path& archive, const std::string&) {
  throw BackendError(cat(archive.string(), ": .keras archives cannot be read, this build has no libzip"))
      .hint("install libzip-dev and build again, or use the folder format.");
}

void write_zip(const std::filesystem::path& archive, const std::vector<ZipEntry>&) {
  throw BackendError(cat(archive.string(), ": .keras archives cannot be written, this build has no libzip"))
      .hint("install libzip-dev and build again, or use the folder format.");
}

}  // namespace graft::io

#endif
