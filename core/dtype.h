#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace graft {

/// The type of the elements of a tensor.
enum class DType { f32, s32, u8, bf16 };

std::string to_string(DType dtype);              ///< "float32", "int32", "uint8", "bfloat16": Keras's names
size_t size_of(DType dtype);                     ///< bytes of one element
DType dtype_from_name(const std::string& name);  ///< throws ConfigError for an unknown name
/// The type of the elements of C++'s float, int32_t or uint8_t.
template <class T>
DType dtype_of();
template <>
DType dtype_of<float>();
template <>
DType dtype_of<int32_t>();
template <>
DType dtype_of<uint8_t>();

}  // namespace graft
