#include "graft/ops/kernels/recurrent/cell_functions.h"

namespace graft::ops::recurrent {

namespace {

/// A function of vector_math.h, lane by lane.
template <class S, class F>
GRAFT_INLINE typename S::V each_lane(typename S::V x, F f) {
  float lanes[S::lanes];
  store<S>(lanes, x);
  for (int l = 0; l < S::lanes; ++l) lanes[l] = f(lanes[l]);
  return load<S>(lanes);
}

template <class S>
GRAFT_INLINE typename S::V value_of(const CellFunction& f, typename S::V x) {
  using V = typename S::V;
  const float alpha = f.function.alpha, beta = f.function.beta;
  x = x * f.scale + f.offset;
  switch (f.function.algorithm) {
    case Eltwise::tanh:
      return tanh<S>(x);
    case Eltwise::logistic:
      return logistic<S>(x);
    case Eltwise::relu: {
      const V below = alpha == 0 ? V{} : x * alpha;
      return x < 0.f ? below : x;
    }
    case Eltwise::clip: {
      const V low = V{} + alpha, high = V{} + beta;
      x = x < low ? low : x;
      return x > high ? high : x;
    }
    case Eltwise::elu:
      return each_lane<S>(x, [alpha](float v) { return v > 0 ? v : alpha * vector_expm1(v); });
    case Eltwise::soft_relu:
      return each_lane<S>(x, [](float v) {
        const float e = vector_exp(v > 0 ? -v : v);
        const float log = e < 1e-4f ? e : vector_log(1.f + e);
        return (v > 0 ? v : 0.f) + log;
      });
    case Eltwise::exp:
      return each_lane<S>(x, [](float v) { return vector_exp(v); });
    default:
      return x * alpha + beta;
  }
}

/// The slope of the function where its result is y.
template <class S>
GRAFT_INLINE typename S::V slope_of(const CellFunction& f, typename S::V y) {
  using V = typename S::V;
  const float alpha = f.function.alpha, beta = f.function.beta;
  const V zero = {}, one = zero + f.scale;
  switch (f.function.algorithm) {
    case Eltwise::tanh:
      return (1.f - y * y) * f.scale;
    case Eltwise::logistic:
      return y * (1.f - y) * f.scale;
    case Eltwise::relu:
      return y > 0.f ? one : one * alpha;
    case Eltwise::clip: {
      const V above = y > alpha ? one : zero;
      return y < beta ? above : zero;
    }
    case Eltwise::elu:
      return y > 0.f ? one : (y + alpha) * f.scale;
    case Eltwise::soft_relu:
      return each_lane<S>(y, [](float v) { return -vector_expm1(-v); }) * f.scale;
    case Eltwise::exp:
      return y * f.scale;
    default:
      return one * alpha;
  }
}

template <class S>
GRAFT_INLINE void apply_to(const CellFunction& f, float* lanes) {
  store<S>(lanes, value_of<S>(f, load<S>(lanes)));
}
template <class S>
GRAFT_INLINE void apply_slope_to(const CellFunction& f, float* lanes) {
  store<S>(lanes, slope_of<S>(f, load<S>(lanes)));
}

GRAFT_AVX512 void apply_wide(const CellFunction& f, float* lanes) { apply_to<Wide>(f, lanes); }
GRAFT_KERNEL void apply_narrow(const CellFunction& f, float* lanes) { apply_to<Narrow>(f, lanes); }
GRAFT_AVX512 void apply_slope_wide(const CellFunction& f, float* lanes) { apply_slope_to<Wide>(f, lanes); }
GRAFT_KERNEL void apply_slope_narrow(const CellFunction& f, float* lanes) { apply_slope_to<Narrow>(f, lanes); }

}  // namespace

void apply(Wide, const CellFunction& f, float* lanes) { apply_wide(f, lanes); }
void apply(Narrow, const CellFunction& f, float* lanes) { apply_narrow(f, lanes); }
void apply_slope(Wide, const CellFunction& f, float* lanes) { apply_slope_wide(f, lanes); }
void apply_slope(Narrow, const CellFunction& f, float* lanes) { apply_slope_narrow(f, lanes); }

}  // namespace graft::ops::recurrent
