#include "graft/models/io/base/hdf5_writer.h"

#include <algorithm>
#include <utility>

#include "graft/core/error.h"

#ifdef GRAFT_HAVE_HDF5

#include "graft/models/io/base/hdf5_library.h"

namespace graft::io {

namespace {

Handle groups_on_the_way() {
  const hid_t list = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(list, 1);
  return {list, H5Pclose};
}

Handle text_type() {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return {type, H5Tclose};
}

}  // namespace

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) : name_(path.string()) {
  const Hdf5Lock lock;
  file_ = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  if (file_ < 0) fail("");
}

Hdf5Writer::~Hdf5Writer() {
  const Hdf5Lock lock;
  if (file_ >= 0) H5Fclose(file_);
}

void Hdf5Writer::fail(const std::string& object) const {
  throw BackendError(object.empty() ? cat(name_, ": cannot be written")
                                    : cat(name_, ": /", object, " cannot be written"));
}

void Hdf5Writer::group(const std::string& group) {
  const Hdf5Lock lock;
  const Handle links = groups_on_the_way(),
               id(H5Gcreate2(file_, group.c_str(), links, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  if (id < 0) fail(group);
}

void Hdf5Writer::write(const std::string& dataset, const Tensor& values) {
  const Hdf5Lock lock;
  const Tensor floats = values.cast(DType::f32);
  const std::vector<int64_t> dims = floats.shape().dims();
  const std::vector<hsize_t> sizes(dims.begin(), dims.end());
  const Handle space(
      sizes.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
      H5Sclose);
  const Handle links = groups_on_the_way(),
               id(H5Dcreate2(file_, dataset.c_str(), H5T_IEEE_F32LE, space, links, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
  if (id < 0 || H5Dwrite(id, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, floats.raw()) < 0) fail(dataset);
}

void Hdf5Writer::text(const std::string& group, const std::string& attribute, const std::string& value) {
  const Hdf5Lock lock;
  const Handle object(H5Oopen(file_, ("/" + group).c_str(), H5P_DEFAULT), H5Oclose),
      space(H5Screate(H5S_SCALAR), H5Sclose), type = text_type();
  const Handle id(H5Acreate2(object, attribute.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  const char* bytes = value.c_str();
  if (id < 0 || H5Awrite(id, type, &bytes) < 0) fail(cat(group, " (", attribute, ")"));
}

// Texts of one width, as h5py writes a list of bytes.
void Hdf5Writer::list(const std::string& group, const std::string& attribute, std::span<const std::string> values) {
  const Hdf5Lock lock;
  size_t width = 1;
  for (const std::string& value : values) width = std::max(width, value.size());
  std::string bytes;
  for (const std::string& value : values) bytes += value + std::string(width - value.size(), '\0');
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, width);
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  const hsize_t count = values.size();
  const Handle object(H5Oopen(file_, ("/" + group).c_str(), H5P_DEFAULT), H5Oclose),
      space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  const Handle id(H5Acreate2(object, attribute.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (id < 0 || H5Awrite(id, type, bytes.data()) < 0) fail(cat(group, " (", attribute, ")"));
}

void Hdf5Writer::texts(const std::string& group, const std::string& attribute, const std::vector<std::string>& values) {
  constexpr size_t kMost = 64000;  // bytes of an attribute; HDF5 allows 64 KiB for all of an object's header
  size_t width = 1;
  for (const std::string& value : values) width = std::max(width, value.size());
  const size_t at_once = std::max<size_t>(1, kMost / width);
  if (values.size() <= at_once) return list(group, attribute, values);
  for (size_t part = 0; part * at_once < values.size(); ++part)
    list(group, cat(attribute, part),
         std::span(values).subspan(part * at_once, std::min(at_once, values.size() - part * at_once)));
}

void Hdf5Writer::close() {
  const Hdf5Lock lock;
  if (H5Fclose(std::exchange(file_, -1)) < 0) fail("");
}

}  // namespace graft::io

#else

namespace graft::io {

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) : name_(path.string()) { fail(""); }
Hdf5Writer::~Hdf5Writer() = default;
void Hdf5Writer::fail(const std::string&) const {
  throw BackendError(cat(name_, ": HDF5 files cannot be written, this build has no HDF5"))
      .hint("install libhdf5-dev and build again, or use the folder format.");
}
void Hdf5Writer::group(const std::string& group) { fail(group); }
void Hdf5Writer::write(const std::string& dataset, const Tensor&) { fail(dataset); }
void Hdf5Writer::text(const std::string& group, const std::string&, const std::string&) { fail(group); }
void Hdf5Writer::list(const std::string& group, const std::string&, std::span<const std::string>) { fail(group); }
void Hdf5Writer::texts(const std::string& group, const std::string&, const std::vector<std::string>&) { fail(group); }
void Hdf5Writer::close() { fail(""); }

}  // namespace graft::io

#endif
