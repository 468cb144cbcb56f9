#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "graft/core/tensor.h"

namespace graft::io {

/// An HDF5 file, for reading. Objects are named by their path, "layers/conv2d/vars/0".
/// Every function throws FormatError naming the file and the object; in a build without HDF5, the constructors throw
/// BackendError.
class Hdf5File {
 public:
  explicit Hdf5File(const std::filesystem::path& path);
  /// Opens the bytes of a file in an archive; messages use `name`.
  Hdf5File(const std::string& bytes, const std::string& name);
  ~Hdf5File();
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  const std::string& name() const { return name_; }
  bool has(const std::string& object) const;
  std::vector<std::string> children(const std::string& group) const;  ///< sorted by name
  Shape shape(const std::string& dataset) const;
  Tensor read(const std::string& dataset) const;  ///< numbers of any width, as float32

  /// Returns a text attribute, or nothing when there is none of this name. "" is the root group.
  std::optional<std::string> text(const std::string& object, const std::string& attribute) const;
  /// Returns an attribute that is a list of texts; Keras splits long lists over name0, name1, ...
  std::vector<std::string> texts(const std::string& object, const std::string& attribute) const;

 private:
  std::vector<std::string> strings(const std::string& object, const std::string& attribute) const;
  bool has_attribute(const std::string& object, const std::string& attribute) const;
  Tensor read_bfloat16(int64_t id, int64_t type, Tensor tensor, const std::string& dataset) const;
  [[noreturn]] void fail(const std::string& object, const std::string& rule) const;
  std::string name_;
  int64_t file_ = -1;
};

}  // namespace graft::io
