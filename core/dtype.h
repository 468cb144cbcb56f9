#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace graft {

/// The type of the elements of a tensor.
enum class DType { f32, s32, u8, bf16, s64, boolean, f16, f64, string };

std::string to_string(DType dtype);              ///< "float32", "int32", "bool", ...: Keras's names
size_t size_of(DType dtype);                     ///< bytes of one element; of a string those of its std::string
bool is_floating(DType dtype);                   ///< f32, bf16, f16, f64
DType dtype_from_name(const std::string& name);  ///< throws ConfigError for an unknown name
/// A setting that names a type: DType::s32 or "int32".
class DTypeName {
 public:
  DTypeName(DType dtype) : name_(to_string(dtype)) {}
  DTypeName(const char* name) : name_(name) {}
  DTypeName(std::string name) : name_(std::move(name)) {}
  operator const std::string&() const { return name_; }
  DType dtype() const { return dtype_from_name(name_); }  ///< throws ConfigError for an unknown name
  std::string& name() { return name_; }                   ///< for the reader of files

 private:
  std::string name_;
};

/// The type of the elements of C++'s float, double, int32_t, int64_t, uint8_t, bool or std::string.
template <class T>
DType dtype_of();
template <>
DType dtype_of<float>();
template <>
DType dtype_of<int32_t>();
template <>
DType dtype_of<uint8_t>();
template <>
DType dtype_of<int64_t>();
template <>
DType dtype_of<bool>();
template <>
DType dtype_of<double>();
template <>
DType dtype_of<std::string>();

}  // namespace graft
