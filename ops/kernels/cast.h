#pragma once

// Internal: conversion of floats to bfloat16 numbers and back.

#include <cstdint>

#include "graft/ops/kernels/base/bf16.h"

namespace graft::ops {

/// Converts n numbers; they are rounded to nearest, ties to even.
void narrow_floats(int threads, const float* from, Bf16* to, int64_t n);
void widen_floats(int threads, const Bf16* from, float* to, int64_t n);

}  // namespace graft::ops
