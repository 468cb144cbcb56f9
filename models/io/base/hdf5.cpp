#include "graft/models/io/base/hdf5.h"

#include "graft/core/error.h"

#ifdef GRAFT_HAVE_HDF5

#include <bit>

#include "graft/models/io/base/hdf5_library.h"

namespace graft::io {

static constexpr const char* kDamaged = "is not an HDF5 file, or it is truncated";

Hdf5File::Hdf5File(const std::filesystem::path& path) : name_(path.string()) {
  const Hdf5Lock lock;
  if (!std::filesystem::exists(path)) throw FormatError(name_, "cannot be opened: No such file or directory");
  file_ = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file_ < 0) throw FormatError(name_, kDamaged);
}

Hdf5File::Hdf5File(const std::string& bytes, const std::string& name) : name_(name) {
  const Hdf5Lock lock;
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  constexpr size_t kIncrement = 1 << 16;
  H5Pset_fapl_core(access, kIncrement, false);
  std::string image = bytes;
  if (image.empty() || H5Pset_file_image(access, image.data(), image.size()) < 0) throw FormatError(name_, kDamaged);
  file_ = H5Fopen(name_.c_str(), H5F_ACC_RDONLY, access);
  if (file_ < 0) throw FormatError(name_, kDamaged);
}

Hdf5File::~Hdf5File() {
  const Hdf5Lock lock;
  if (file_ >= 0) H5Fclose(file_);
}

void Hdf5File::fail(const std::string& object, const std::string& rule) const {
  throw FormatError(cat(name_, ": /", object), rule);
}

static std::string rooted(const std::string& object) { return "/" + object; }

bool Hdf5File::has(const std::string& object) const {
  const Hdf5Lock lock;
  for (size_t end = object.find('/');; end = object.find('/', end + 1)) {  // every step of the way must exist
    const std::string part = rooted(object.substr(0, end));
    if (part != "/" && H5Lexists(file_, part.c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos) return true;
  }
}

std::vector<std::string> Hdf5File::children(const std::string& group) const {
  const Hdf5Lock lock;
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
    static_cast<std::vector<std::string>*>(list)->emplace_back(name);
    return 0;
  };
  const Handle id(H5Gopen2(file_, rooted(group).c_str(), H5P_DEFAULT), H5Gclose);
  if (id < 0) fail(group, "there is no such group");
  H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names);
  return names;
}

Shape Hdf5File::shape(const std::string& dataset) const {
  const Hdf5Lock lock;
  const Handle id(H5Dopen2(file_, rooted(dataset).c_str(), H5P_DEFAULT), H5Dclose);
  if (id < 0) fail(dataset, "there is no such array");
  const Handle space(H5Dget_space(id), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0) fail(dataset, "is damaged");
  std::vector<hsize_t> dims(static_cast<size_t>(rank));
  H5Sget_simple_extent_dims(space, dims.data(), nullptr);
  return Shape(std::vector<int64_t>(dims.begin(), dims.end()));
}

// Keras stores bfloat16 as two bytes without a meaning: the upper half of a float.
Tensor Hdf5File::read_bfloat16(int64_t id, int64_t type, Tensor tensor, const std::string& dataset) const {
  std::vector<uint16_t> halves(static_cast<size_t>(tensor.elements()));
  if (H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, halves.data()) < 0) fail(dataset, "is damaged");
  const std::span<float> values = tensor.data<float>();
  for (size_t i = 0; i < halves.size(); ++i) values[i] = std::bit_cast<float>(uint32_t{halves[i]} << 16);
  return tensor;
}

Tensor Hdf5File::read(const std::string& dataset) const {
  const Hdf5Lock lock;
  Tensor tensor(shape(dataset));
  const Handle id(H5Dopen2(file_, rooted(dataset).c_str(), H5P_DEFAULT), H5Dclose);
  const Handle type(H5Dget_type(id), H5Tclose);
  if (H5Tget_class(type) == H5T_OPAQUE && H5Tget_size(type) == 2)
    return read_bfloat16(id, type, std::move(tensor), dataset);
  if (H5Dread(id, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor.raw()) < 0)
    fail(dataset, "is damaged, or does not hold numbers");
  return tensor;
}

bool Hdf5File::has_attribute(const std::string& object, const std::string& attribute) const {
  return H5Aexists_by_name(file_, rooted(object).c_str(), attribute.c_str(), H5P_DEFAULT) > 0;
}

// Texts are stored padded to a fixed width, or as pointers to texts of any length.
std::vector<std::string> Hdf5File::strings(const std::string& object, const std::string& attribute) const {
  const Handle id(H5Aopen_by_name(file_, rooted(object).c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT),
                  H5Aclose);
  const Handle type(H5Aget_type(id), H5Tclose);
  const Handle space(H5Aget_space(id), H5Sclose);
  const hssize_t points = H5Sget_simple_extent_npoints(space);
  if (points <= 0) return {};
  if (H5Tget_class(type) != H5T_STRING) fail(object, cat("the attribute ", attribute, " is not text"));
  const auto count = static_cast<size_t>(points);
  std::vector<std::string> found;
  if (H5Tis_variable_str(type) > 0) {
    std::vector<char*> texts(count, nullptr);
    if (H5Aread(id, type, texts.data()) < 0) fail(object, cat("the attribute ", attribute, " is damaged"));
    for (const char* text : texts) found.emplace_back(text == nullptr ? "" : text);
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts.data());
    return found;
  }
  const size_t width = H5Tget_size(type);
  std::string bytes(width * count, '\0');
  if (H5Aread(id, type, bytes.data()) < 0) fail(object, cat("the attribute ", attribute, " is damaged"));
  for (size_t i = 0; i < count; ++i) {
    const std::string padded = bytes.substr(i * width, width);
    found.push_back(padded.substr(0, padded.find('\0')));
  }
  return found;
}

std::optional<std::string> Hdf5File::text(const std::string& object, const std::string& attribute) const {
  const Hdf5Lock lock;
  if (!has_attribute(object, attribute)) return {};
  const std::vector<std::string> found = strings(object, attribute);
  return found.empty() ? std::optional<std::string>() : found[0];
}

std::vector<std::string> Hdf5File::texts(const std::string& object, const std::string& attribute) const {
  const Hdf5Lock lock;
  if (has_attribute(object, attribute)) return strings(object, attribute);
  std::vector<std::string> all;
  for (int part = 0; has_attribute(object, cat(attribute, part)); ++part)
    for (std::string& text : strings(object, cat(attribute, part))) all.push_back(std::move(text));
  return all;
}

}  // namespace graft::io

#else

namespace graft::io {

[[noreturn]] static void refuse(const std::string& name) {
  throw BackendError(cat(name, ": HDF5 files cannot be read, this build has no HDF5"))
      .hint("install libhdf5-dev and build again, or use the folder format.");
}

Hdf5File::Hdf5File(const std::filesystem::path& path) : name_(path.string()) { refuse(name_); }
Hdf5File::Hdf5File(const std::string&, const std::string& name) : name_(name) { refuse(name_); }
Hdf5File::~Hdf5File() = default;
void Hdf5File::fail(const std::string&, const std::string&) const { refuse(name_); }
bool Hdf5File::has(const std::string&) const { refuse(name_); }
std::vector<std::string> Hdf5File::children(const std::string&) const { refuse(name_); }
Shape Hdf5File::shape(const std::string&) const { refuse(name_); }
Tensor Hdf5File::read(const std::string&) const { refuse(name_); }
bool Hdf5File::has_attribute(const std::string&, const std::string&) const { refuse(name_); }
std::vector<std::string> Hdf5File::strings(const std::string&, const std::string&) const { refuse(name_); }
std::optional<std::string> Hdf5File::text(const std::string&, const std::string&) const { refuse(name_); }
std::vector<std::string> Hdf5File::texts(const std::string&, const std::string&) const { refuse(name_); }

}  // namespace graft::io

#endif
