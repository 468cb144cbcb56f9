#include "graft/core/npy.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "graft/core/error.h"
#include "graft/core/file.h"
#include "graft/core/memory.h"

namespace graft {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

struct Header {
  std::string descr;
  bool fortran_order = false;
  Shape shape;
};

// Parses {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, which nothing may follow.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  Header parse() {
    Header header;
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !std::exchange(has_descr, true))
        header.descr = string();
      else if (key == "fortran_order" && !std::exchange(has_order, true))
        header.fortran_order = boolean();
      else if (key == "shape" && !std::exchange(has_shape, true))
        header.shape = shape();
      else
        fail(cat("the key '", key, "' is unknown or repeated"));
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_spaces();
    if (at_ != text_.size()) fail("text follows the dictionary");
    if (!has_descr || !has_order || !has_shape) fail("the keys descr, fortran_order and shape are needed");
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& reason) const {
    throw FormatError(file_, cat("the .npy header cannot be read at character ", at_, ": ", reason));
  }
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char c) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(cat("expected '", c, "'"));
  }
  std::string string() {
    skip_spaces();
    const char quote = accept('\'') ? '\'' : '"';
    if (quote == '"' && !accept('"')) fail("expected a string (records are not supported)");
    const size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) fail("a string does not end");
    const std::string value(text_.substr(at_, end - at_));
    at_ = end + 1;
    return value;
  }
  bool boolean() {
    skip_spaces();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return value;
    }
    fail("expected True or False");
  }
  Shape shape() {
    std::vector<int64_t> dims;
    expect('(');
    while (!accept(')')) {
      dims.push_back(dimension());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return Shape(std::move(dims));
  }
  int64_t dimension() {
    skip_spaces();
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) fail("expected a dimension");
    at_ = static_cast<size_t>(end - text_.data());
    return value;
  }

  std::string_view text_;
  const std::string& file_;
  size_t at_ = 0;
};

// How elements are stored in the file.
struct Element {
  std::string_view descr;
  size_t size;
  DType dtype;
};
constexpr Element kElements[] = {{"<f4", 4, DType::f32}, {"<f8", 8, DType::f64}, {"<i4", 4, DType::s32},
                                 {"<i8", 8, DType::s64}, {"|u1", 1, DType::u8},  {"|b1", 1, DType::boolean},
                                 {"<f2", 2, DType::f16}};

const Element& element_of(const std::string& descr, const std::string& file) {
  for (const Element& element : kElements)
    if (descr == element.descr) return element;
  throw FormatError(file, cat("elements must be f2, f4, f8, i4, i8, u1 or b1, little-endian; received '", descr, "'"));
}

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : file_(path.string()) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) throw FormatError(file_, "expected a .npy file; it is a folder");
    errno = 0;
    in_.open(path, std::ios::binary | std::ios::ate);
    if (!in_) throw FormatError(file_, cat("cannot be opened: ", std::strerror(errno)));
    size_ = static_cast<uint64_t>(in_.tellg());
    in_.seekg(0);
  }

  DType dtype() { return element_of(header().descr, file_).dtype; }

  NpyArray array() {
    const Header header = this->header();
    if (header.fortran_order)
      throw FormatError(file_, "the elements must be in C order; these are in Fortran order")
          .hint("numpy.save(path, numpy.ascontiguousarray(array)) writes C order.");
    const Element& element = element_of(header.descr, file_);
    check_size(header, element);
    const size_t bytes = static_cast<size_t>(header.shape.elements()) * element.size;
    NpyArray array{.shape = header.shape,
                   .dtype = element.dtype,
                   .elements = zeroed_memory(bytes, cat("a tensor ", header.shape, " of ", to_string(element.dtype))),
                   .descr = header.descr.substr(1)};
    read(array.elements.get(), bytes);
    if (element.dtype == DType::boolean) make_bools({array.elements.get(), bytes});
    return array;
  }

 private:
  void read(void* to, size_t bytes) {
    in_.read(static_cast<char*>(to), static_cast<std::streamsize>(bytes));
    if (static_cast<size_t>(in_.gcount()) == bytes) return;
    throw FormatError(file_, cat("the file ends early, at byte ", size_));
  }

  uint32_t number(size_t bytes) {  // little-endian
    unsigned char digits[4] = {};
    read(digits, bytes);
    return digits[0] | uint32_t{digits[1]} << 8 | uint32_t{digits[2]} << 16 | uint32_t{digits[3]} << 24;
  }

  Header header() {
    std::string magic(kMagic.size(), '\0');
    if (size_ < kMagic.size()) throw FormatError(file_, cat("is not a .npy file: it has ", size_, " bytes"));
    read(magic.data(), magic.size());
    if (magic != kMagic) throw FormatError(file_, "is not a .npy file: it does not begin with \\x93NUMPY");
    const uint32_t major = number(1), minor = number(1);
    if (major < 1 || major > 3)
      throw FormatError(file_, cat("the .npy version must be 1 to 3; received ", major, ".", minor));
    const uint32_t length = number(major == 1 ? 2 : 4);
    if (length > size_) throw FormatError(file_, cat("the .npy header has ", length, " bytes, the whole file ", size_));
    std::string text(length, '\0');
    read(text.data(), text.size());
    return HeaderParser(text, file_).parse();
  }

  void check_size(const Header& header, const Element& element) {
    uint64_t promised = 0;
    const uint64_t held = size_ - static_cast<uint64_t>(in_.tellg());
    const bool overflow =
        __builtin_mul_overflow(static_cast<uint64_t>(header.shape.elements()), element.size, &promised);
    if (overflow || promised != held)
      throw FormatError(file_,
                        cat("the header promises ", header.shape, " of '", header.descr, "', ", header.shape.elements(),
                            " elements of ", element.size, " bytes; the file holds ", held, " bytes of them"));
  }

  // A bool of C++ is one byte too, but only 0 or 1.
  static void make_bools(std::span<std::byte> bytes) {
    for (std::byte& value : bytes) value = std::byte{value != std::byte{0}};
  }

  std::string file_;
  std::ifstream in_;
  uint64_t size_ = 0;
};

const char* written_descr(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "<f4";
    case DType::s32:
      return "<i4";
    case DType::u8:
      return "|u1";
    case DType::boolean:
      return "|b1";
    case DType::s64:
      return "<i8";
    case DType::f64:
      return "<f8";
    case DType::f16:
      return "<f2";
    case DType::string:
      throw DataError("strings are not written as .npy; .json takes them");
    case DType::bf16:
      break;
  }
  throw DataError(cat(".npy has no ", to_string(dtype), "; cast(DType::f32) can be saved"));
}

}  // namespace

NpyArray read_npy(const std::filesystem::path& path) try {
  return Reader(path).array();
} catch (const ShapeError& error) {  // the number of elements does not fit 64 bits
  throw FormatError(path.string(), error.rule());
}

DType stored_type(const std::filesystem::path& path) { return Reader(path).dtype(); }

void write_npy(const std::filesystem::path& path, const NpyArray& array) {
  std::string header =
      cat("{'descr': '", written_descr(array.dtype), "', 'fortran_order': False, 'shape': ", array.shape, ", }");
  // Magic, version and length come before the header. The elements begin at a multiple of 64 bytes.
  constexpr size_t kPrefix = 10, kHeaderAlignment = 64;
  header.append((kHeaderAlignment - (kPrefix + header.size() + 1) % kHeaderAlignment) % kHeaderAlignment, ' ');
  header += '\n';
  AtomicFile file(path);
  file.write(kMagic);
  const char prefix[] = {1, 0, static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
  file.write({prefix, sizeof prefix});
  file.write(header);
  const size_t bytes = static_cast<size_t>(array.shape.elements()) * size_of(array.dtype);
  file.write({reinterpret_cast<const char*>(array.elements.get()), bytes});
  file.commit();
}

}  // namespace graft
