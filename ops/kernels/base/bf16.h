#pragma once

// Internal: bfloat16 numbers as own kernels read and write them.

#include <cstdint>

namespace graft::ops {

/// The upper half of a float: a sign, 8 bits of exponent, 7 of mantissa.
struct Bf16 {
  uint16_t bits;
};

}  // namespace graft::ops
