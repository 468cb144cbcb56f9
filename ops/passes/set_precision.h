#pragma once

// Internal: computing in bfloat16.

#include "graft/ops/program/program.h"

namespace graft::ops {

enum class Precision { f32, bf16 };
/// "float32" or "bf16". Throws ConfigError for another name, and where the CPU has no bfloat16 arithmetic.
Precision precision_of(const std::string& name);
/// Lets products and activations lie in bfloat16, with a cast where a float32 instruction needs them.
Program set_precision(const Program& program, Precision precision);

}  // namespace graft::ops
