#pragma once

// Internal: makes Programs compute in bfloat16.

#include "graft/ops/program/precision.h"
#include "graft/ops/program/program.h"

namespace graft::ops {

/// Throws ConfigError where this machine lacks the arithmetic of the precision.
void check_supported(Precision precision);
/// With "bf16" products and activations become bfloat16, with a cast where a float32 instruction needs them.
Program set_precision(const Program& program, Precision precision);

}  // namespace graft::ops
