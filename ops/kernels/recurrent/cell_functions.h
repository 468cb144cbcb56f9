#pragma once

// Internal: the functions of gates and states on vectors in registers, and their slopes in terms of their results.

#include <bit>

#include "graft/ops/kernels/base/vector_math.h"
#include "graft/ops/kernels/recurrent/vectors.h"
#include "graft/ops/program/functions.h"

namespace graft::ops::recurrent {

/// e^x = power + power * rest, where power is a power of 2. x is limited to [-86, 86], where neither leaves the normal
/// floats.
template <class S>
struct Exp {
  typename S::V power, rest;
};

template <class S>
GRAFT_INLINE Exp<S> exp_parts(typename S::V x) {
  using V = typename S::V;
  constexpr float kRound = 12582912.f, kLimit = 86;  // 1.5 2^23: adding it leaves the whole number in the low bits
  const V most = V{} + kLimit;
  x = x > most ? most : x;
  x = x < -most ? -most : x;
  const V shifted = x * 1.44269504f + kRound, whole = shifted - kRound;
  const V r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;  // |r| <= ln 2 / 2
  V p = V{} + 1.f / 5040;
  p = p * r + 1.f / 720;
  p = p * r + 1.f / 120;
  p = p * r + 1.f / 24;
  p = p * r + 1.f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.f;
  const auto bits = (reinterpret_cast<typename S::Bits>(shifted) << 23) + (127u << 23);
  return {reinterpret_cast<V>(bits), p * r};
}

template <class S>
GRAFT_INLINE typename S::V logistic(typename S::V x) {
  const Exp<S> e = exp_parts<S>(-x);
  return 1.f / (1.f + (e.power + e.power * e.rest));
}

/// (e^2x - 1) / (e^2x + 1), which keeps the relative error small near 0.
template <class S>
GRAFT_INLINE typename S::V tanh(typename S::V x) {
  const Exp<S> e = exp_parts<S>(x + x);
  const typename S::V above = (e.power - 1.f) + e.power * e.rest;
  return above / (above + 2.f);
}

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

inline bool is_plain(const CellFunction& f, Eltwise algorithm) {
  return f.function.algorithm == algorithm && f.scale == 1 && f.offset == 0;
}
/// True for the functions that Keras takes by default, for which loops are compiled that need not ask for them.
inline bool are_usual(const RecurrentArgs& args) {
  return is_plain(args.activation, Eltwise::tanh) && is_plain(args.recurrent_activation, Eltwise::logistic);
}

/// The functions of a cell; kUsual: tanh and logistic.
template <class S, bool kUsual>
struct Functions {
  using V = typename S::V;
  const RecurrentArgs& args;

  GRAFT_INLINE V gate(V x) const {
    if constexpr (kUsual) return logistic<S>(x);
    return value_of<S>(args.recurrent_activation, x);
  }
  GRAFT_INLINE V state(V x) const {
    if constexpr (kUsual) return tanh<S>(x);
    return value_of<S>(args.activation, x);
  }
  GRAFT_INLINE V gate_slope(V y) const {
    if constexpr (kUsual) return y * (1.f - y);
    return slope_of<S>(args.recurrent_activation, y);
  }
  GRAFT_INLINE V state_slope(V y) const {
    if constexpr (kUsual) return 1.f - y * y;
    return slope_of<S>(args.activation, y);
  }
};

}  // namespace graft::ops::recurrent
