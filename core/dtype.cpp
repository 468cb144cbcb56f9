#include "graft/core/dtype.h"

#include "graft/core/error.h"

namespace graft {

namespace {

struct DTypeInfo {
  DType dtype;
  const char* name;
  size_t size;
};
constexpr DTypeInfo kDTypes[] = {
    {DType::f32, "float32", 4},   {DType::s32, "int32", 4},   {DType::u8, "uint8", 1},
    {DType::bf16, "bfloat16", 2}, {DType::s64, "int64", 8},   {DType::boolean, "bool", 1},
    {DType::f16, "float16", 2},   {DType::f64, "float64", 8}, {DType::string, "string", sizeof(std::string)}};

const DTypeInfo& info(DType dtype) { return kDTypes[static_cast<size_t>(dtype)]; }

}  // namespace

std::string to_string(DType dtype) { return info(dtype).name; }
size_t size_of(DType dtype) { return info(dtype).size; }

bool is_floating(DType dtype) {
  return dtype == DType::f32 || dtype == DType::bf16 || dtype == DType::f16 || dtype == DType::f64;
}

DType dtype_from_name(const std::string& name) {
  for (const DTypeInfo& known : kDTypes)
    if (name == known.name) return known.dtype;
  std::string names;
  for (const DTypeInfo& known : kDTypes) names += cat(names.empty() ? "" : ", ", known.name);
  throw ConfigError(cat("dtype must be one of ", names, "; received \"", name, "\""));
}

template <>
DType dtype_of<float>() {
  return DType::f32;
}
template <>
DType dtype_of<int32_t>() {
  return DType::s32;
}
template <>
DType dtype_of<uint8_t>() {
  return DType::u8;
}
template <>
DType dtype_of<int64_t>() {
  return DType::s64;
}
template <>
DType dtype_of<bool>() {
  return DType::boolean;
}
template <>
DType dtype_of<double>() {
  return DType::f64;
}
template <>
DType dtype_of<std::string>() {
  return DType::string;
}

}  // namespace graft
