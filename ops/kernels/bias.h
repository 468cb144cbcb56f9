#pragma once

// Internal: adding a bias, and the function that follows it.

#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/program/functions.h"

namespace graft::ops {

/// True for the functions that add_bias has code for.
bool bias_takes(Eltwise algorithm);

/// dst = f(src + bias) over a nest of the operands dst, src, bias; f is linear (nothing) or one that bias_takes.
void add_bias(int threads, const LoopNest& nest, const EltwiseArgs& f, const void* src, const float* bias, void* dst);

}  // namespace graft::ops
