#pragma once

// The functions that instructions apply, and their settings: what a Builder is given, and own kernels are.

#include <cstdint>

#include "graft/ops/program/dims.h"

namespace graft::ops {

/// oneDNN's elementwise functions, and those of Keras that it lacks (own kernels). alpha, beta as in oneDNN.
enum class Eltwise {
  relu,  // x > 0 ? x : alpha x
  tanh,
  logistic,
  exp,
  log,
  sqrt,
  abs,
  square,
  elu,        // x > 0 ? x : alpha (e^x - 1)
  soft_relu,  // log(1 + e^x)
  gelu_erf,
  gelu_tanh,
  swish,  // swish: x logistic(alpha x)
  mish,
  linear,  // alpha x + beta
  clip,    // min(max(x, alpha), beta)
  round,
  floor,
  sign,  // gradient 0
  pow,   // x^alpha
  reciprocal,
  rsqrt,
  sin,
  cos,
  erf,
};
struct EltwiseArgs {
  Eltwise algorithm;
  float alpha = 0, beta = 0;
};

/// Broadcasting ones; comparisons give 1 or 0 and have no gradient.
enum class Binary { add, sub, mul, div, min, max, pow, eq, ne, lt, le, gt, ge };
enum class Reduction { sum, mean, max, min };
enum class Pooling { max, avg_exclude_padding, avg_include_padding };
enum class Interpolation { nearest, linear };

/// Spatial settings, per spatial axis. dilation is oneDNN's: 0 is dense.
struct ConvArgs {
  Dims strides, dilates, padding_l, padding_r;
  int64_t groups = 1;
};
struct PoolArgs {
  Pooling algorithm;
  Dims kernel, strides, padding_l, padding_r;
};

}  // namespace graft::ops
