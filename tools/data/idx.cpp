#include "graft/tools/data/idx.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "graft/core/error.h"

namespace graft::tools {

namespace {

// zlib also reads files that are not compressed.
std::vector<uint8_t> unpacked(const std::filesystem::path& path) {
  errno = 0;
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose_r);
  if (!file) throw FormatError(path.string(), cat("cannot be opened: ", std::strerror(errno)));
  std::vector<uint8_t> bytes;
  constexpr size_t kChunk = 1 << 20;
  for (int count = 1; count > 0;) {
    const size_t before = bytes.size();
    bytes.resize(before + kChunk);
    count = gzread(file.get(), bytes.data() + before, kChunk);
    bytes.resize(before + static_cast<size_t>(std::max(count, 0)));
  }
  int status = Z_OK;
  const char* reason = gzerror(file.get(), &status);
  if (status != Z_OK && status != Z_STREAM_END)
    throw FormatError(path.string(), cat("cannot be unpacked: ", status == Z_ERRNO ? std::strerror(errno) : reason));
  return bytes;
}

uint32_t big_endian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

Tensor read_idx(const std::filesystem::path& path) {
  constexpr uint8_t kBytes = 8;  // the type code of unsigned bytes
  const std::vector<uint8_t> file = unpacked(path);
  if (file.size() < 4 || file[0] != 0 || file[1] != 0) throw FormatError(path.string(), "is not an IDX file");
  if (file[2] != kBytes)
    throw FormatError(path.string(), cat("elements must be bytes (8); received type ", int{file[2]}));
  const size_t rank = file[3], header = 4 + 4 * rank;
  if (file.size() < header) throw FormatError(path.string(), cat("the file ends early, at byte ", file.size()));
  std::vector<int64_t> dims;
  for (size_t i = 0; i < rank; ++i) dims.push_back(big_endian(file.data() + 4 + 4 * i));
  const Shape shape(dims);
  const size_t held = file.size() - header;
  if (shape.elements() != static_cast<int64_t>(held))
    throw FormatError(path.string(), cat("the header promises ", shape, ", ", shape.elements(),
                                         " bytes; the file holds ", held, " of them"));
  return Tensor(shape, std::vector<uint8_t>(file.begin() + static_cast<ptrdiff_t>(header), file.end()));
}

}  // namespace graft::tools
