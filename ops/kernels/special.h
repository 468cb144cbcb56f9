#pragma once

// Internal: functions of one float that the standard library lacks. They are computed in double, so that they are
// correct up to the rounding of the result, over the whole range.

namespace graft::ops {

/// The x with erf(x) = y; infinite at -1 and 1, and NaN beyond.
float erfinv(float y);
/// sin(pi x) / (pi x), and 1 at 0.
float sinc(float x);
/// The derivative of sinc.
float sinc_slope(float x);
/// The modified Bessel functions of the first kind of order 0 and 1.
float bessel_i0(float x);
float bessel_i1(float x);

}  // namespace graft::ops
