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
    {DType::f32, "float32", 4}, {DType::s32, "int32", 4}, {DType::u8, "uint8", 1}, {DType::bf16, "bfloat16", 2}};

const DTypeInfo& info(DType dtype) { return kDTypes[static_cast<size_t>(dtype)]; }

}  // namespace

std::string to_string(DType dtype) { return info(dtype).name; }
size_t size_of(DType dtype) { return info(dtype).size; }

DType dtype_from_name(const std::string& name) {
  for (const DTypeInfo& known : kDTypes)
    if (name == known.name) return known.dtype;
  throw ConfigError(cat("dtype must be float32, int32, uint8 or bfloat16; received \"", name, "\""));
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

}  // namespace graft
