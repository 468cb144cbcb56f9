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
  ceil,
  trunc,  // towards 0
  tan,
  arcsin,
  arccos,
  arctan,
  sinh,
  cosh,
  arcsinh,
  arccosh,
  arctanh,
  expm1,  // e^x - 1
  log1p,  // log(1 + x)
  log2,
  log10,
  exp2,  // 2^x
  cbrt,
  erfc,  // 1 - erf x
  erfinv,
  sinc,        // sin(pi x) / (pi x), 1 at 0
  sinc_slope,  // the derivative of sinc
  bessel_i0,   // modified Bessel functions of the first kind
  bessel_i1,
  isnan,  // the tests give 1 or 0 and have no gradient
  isinf,
  isfinite,
  signbit,
  logical_not,
};
struct EltwiseArgs {
  Eltwise algorithm;
  float alpha = 0, beta = 0;
};

/// What the numbers of a floating type are: multiples of 2^(e - mantissa), where 2^e is their power of two, but at
/// least 2^smallest_exponent; beyond max is infinity.
struct FloatFormat {
  int mantissa, smallest_exponent;
  float max;
};
inline constexpr FloatFormat kFloat16{10, -14, 65504.f};
inline constexpr FloatFormat kBfloat16{7, -126, 3.38953139e38f};
inline constexpr FloatFormat kFloat8E4M3{3, -6, 448.f};  ///< float8_e4m3fn

/// Broadcasting ones. Comparisons and the logical functions give 1 or 0; they and the functions of whole numbers have
/// no gradient. min and max give NaN where an operand is NaN.
enum class Binary {
  add,
  sub,
  mul,
  div,
  min,
  max,
  pow,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  fmin,  // the other operand where one is NaN
  fmax,
  atan2,      // the angle of the point (y, x)
  floor_div,  // floor(x / y)
  mod,        // with the sign of y, as in Python
  fmod,       // with the sign of x, as in C
  hypot,
  nextafter,  // the float after x in the direction of y
  logaddexp,  // log(e^x + e^y)
  ldexp,      // x 2^y, for a whole y
  logical_and,
  logical_or,
  logical_xor,
  bitwise_and,  // this and the following: of whole numbers, carried as floats
  bitwise_or,
  bitwise_xor,
  left_shift,
  right_shift,
  gcd,
  lcm,
};
enum class Reduction { sum, mean, max, min, prod };
/// Results along an axis, of which number i is made of the elements 0 to i.
enum class Scan { sum, prod };
/// What becomes of a row that an update is for: the update, or the sum, the larger, the smaller or the product of both.
enum class Scatter { set, add, max, min, mul };
/// What is around a value: itself as in a mirror (reflect leaves the outermost element out, symmetric repeats it), its
/// outermost element, or itself again from the other end.
enum class PadMode { reflect, symmetric, edge, wrap };
enum class Pooling { max, avg_exclude_padding, avg_include_padding };
/// How a resampled pixel is made of those around its place: the nearest one, or by a kernel of Keras's image.resize
/// (the triangle, Keys's cubic, Lanczos's windows). `area` is the mean over the pixels that a pixel of the result
/// covers.
enum class Interpolation { nearest, linear, cubic, lanczos3, lanczos5, area };
/// What stands beyond the borders of an image: a constant, its outermost pixels, the image again, or its mirror image
/// around the outermost pixels (mirror) or around their outer edges (reflect).
enum class FillMode { constant, nearest, wrap, mirror, reflect };

/// How an image is read at coordinates: linearly between pixels, or the nearest pixel (halves away from 0).
struct MapArgs {
  bool linear;
  FillMode fill_mode;
  float fill_value = 0;
};

/// Spatial settings, per spatial axis. dilation is oneDNN's: 0 is dense.
struct ConvArgs {
  Dims strides, dilates, padding_l, padding_r;
  int64_t groups = 1;
};
struct PoolArgs {
  Pooling algorithm;
  Dims kernel, strides, padding_l, padding_r;
};

/// The cells of Keras's SimpleRNN, LSTM, GRU with reset_after=True, and GRU with reset_after=False.
enum class Cell { simple, lstm, gru, gru_reset_before };
/// function(scale x + offset). Keras 3's hard_sigmoid is clip alpha=0 beta=1 of x / 6 + 0.5.
struct CellFunction {
  EltwiseArgs function;
  float scale = 1, offset = 0;
};
struct RecurrentArgs {
  Cell cell;
  CellFunction activation{{Eltwise::tanh}}, recurrent_activation{{Eltwise::logistic}};
  bool go_backwards = false;          ///< walks from the last step to the first; outputs are in the order of the walk
  bool zero_output_for_mask = false;  ///< a masked step puts out zeros instead of the output before it
};
/// True where Builder::recurrent has the function: tanh, logistic, linear, clip, exp, soft_relu, and relu and elu with
/// alpha >= 0.
bool recurrent_supports(const CellFunction& f);
/// Settings of scaled dot-product attention.
struct AttentionArgs {
  float scale = 1;      ///< of the scores, mostly 1 / sqrt(depth)
  bool causal = false;  ///< query i attends to keys 0 to i only
  float dropout = 0;    ///< the part of the shares that become 0; the others are divided by 1 - dropout
  /// What a query gives whose mask hides all keys. false: the mean of the values of all keys, also of those that
  /// causal attention hides, as where a softmax meets equal large negative scores. true: 0.
  bool zero_masked = false;
};

}  // namespace graft::ops
