#include "graft/graph/dtype_policy.h"

#include "graft/core/error.h"

namespace graft {

static constexpr const char* kBetween = "_from_";

static bool is_mode(const std::string& mode) {
  for (const char* known : {"int8", "float8", "gptq", "awq", "ternary", "int4"})
    if (mode == known || mode.starts_with(cat(known, '/'))) return true;
  return false;
}

DTypePolicy::DTypePolicy(const std::string& name) : name_(name) {
  std::string plain = name;
  if (const size_t between = name.find(kBetween); between != std::string::npos) {
    mode_ = name.substr(0, between);
    plain = name.substr(between + std::string(kBetween).size());
    if (!is_mode(mode_)) throw ConfigError(cat("dtype: there is no quantization \"", mode_, "\" (of \"", name, "\")"));
  }
  const bool mixed = plain.starts_with("mixed_");
  try {
    compute_ = dtype_from_name(mixed ? plain.substr(6) : plain);
  } catch (const ConfigError&) {
    throw ConfigError(
        cat("dtype: expected a type or a policy such as \"float32\" or \"mixed_bfloat16\"; received \"", name, '"'));
  }
  variable_ = mixed ? DType::f32 : compute_;
}

DType dtype_named(const std::string& name) {
  if (name == "int8" || name == "int16" || name == "uint16") return DType::s32;
  if (name == "uint32" || name == "uint64" || name == "int") return DType::s64;
  return name == "float" ? DType::f32 : dtype_from_name(name);
}

}  // namespace graft
