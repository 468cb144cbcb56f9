#pragma once

// Internal: the elementwise functions that oneDNN lacks.

#include <cstdint>

#include "graft/ops/program/functions.h"

namespace graft::ops {

/// dst[i] = f(src[i]) for n floats; dst may be src.
void eltwise_floats(int threads, const EltwiseArgs& f, const float* src, float* dst, int64_t n);

}  // namespace graft::ops
