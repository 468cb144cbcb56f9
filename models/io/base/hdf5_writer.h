#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "graft/core/tensor.h"

namespace graft::io {

/// An HDF5 file that is written. Objects are named by their path, "layers/conv2d/vars/0"; the groups on the way to an
/// object are made with it. Every function throws BackendError naming the file and the object, where the disk is full
/// for example; in a build without HDF5, the constructor does.
class Hdf5Writer {
 public:
  /// Replaces what is in the file.
  explicit Hdf5Writer(const std::filesystem::path& path);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  void group(const std::string& group);
  /// Stores the numbers as float32.
  void write(const std::string& dataset, const Tensor& values);
  /// An attribute of a group; "" is the root group.
  void text(const std::string& group, const std::string& attribute, const std::string& value);
  /// A list of texts, split over attribute0, attribute1, ... where it is too long for one, as Keras does.
  void texts(const std::string& group, const std::string& attribute, const std::vector<std::string>& values);
  /// Flushes and closes the file, which the destructor does without telling what fails.
  void close();

 private:
  void list(const std::string& group, const std::string& attribute, std::span<const std::string> values);
  [[noreturn]] void fail(const std::string& object) const;
  std::string name_;
  int64_t file_ = -1;
};

}  // namespace graft::io
