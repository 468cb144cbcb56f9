#pragma once

#include <string>

#include "graft/core/dtype.h"

namespace graft {

/// The types in which a layer computes and keeps its weights, by Keras's names (keras.DTypePolicy): "float32",
/// "float64", "float16", "bfloat16", "mixed_float16" and "mixed_bfloat16" (weights stay float32), and, for quantized
/// layers, MODE_from_NAME: "int8_from_float32", "int4/128_from_mixed_bfloat16", "float8_from_float32".
///
/// Graft computes in float32; where the policy computes in 16 bits, inputs, weights and results are rounded to them.
class DTypePolicy {
 public:
  DTypePolicy() = default;  ///< float32
  /// Throws ConfigError for a name that is none of the above.
  DTypePolicy(const std::string& name);
  DTypePolicy(const char* name) : DTypePolicy(std::string(name)) {}

  const std::string& name() const& { return name_; }
  DType compute_dtype() const { return compute_; }    ///< of the computation and the floating outputs
  DType variable_dtype() const { return variable_; }  ///< of the weights in files
  /// "int8", "int4/128", "float8", ...; empty for a layer that is not quantized.
  const std::string& quantization() const& { return mode_; }
  bool is_float32() const { return name_ == "float32"; }
  bool operator==(const DTypePolicy&) const = default;

 private:
  std::string name_ = "float32", mode_ = {};
  DType compute_ = DType::f32, variable_ = DType::f32;
};

/// The type of this name, or the one that holds its numbers: int32 for "int8", float32 for Python's "float". Throws
/// ConfigError for an unknown name.
DType dtype_named(const std::string& name);

}  // namespace graft
