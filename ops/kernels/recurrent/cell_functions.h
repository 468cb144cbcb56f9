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

/// Replaces the lanes by the function of them.
void apply(Wide, const CellFunction& f, float* lanes);
void apply(Narrow, const CellFunction& f, float* lanes);
/// Replaces the lanes, which are results of the function, by its slope there.
void apply_slope(Wide, const CellFunction& f, float* lanes);
void apply_slope(Narrow, const CellFunction& f, float* lanes);

inline bool is_plain(const CellFunction& f, Eltwise algorithm) {
  return f.function.algorithm == algorithm && f.scale == 1 && f.offset == 0;
}
/// True for the functions that Keras takes by default, for which loops are compiled that need not ask for them.
inline bool are_usual(const RecurrentArgs& args) {
  return is_plain(args.activation, Eltwise::tanh) && is_plain(args.recurrent_activation, Eltwise::logistic);
}

/// The functions of a cell; kUsual: tanh and logistic, which become part of the walk. The others are called.
template <class S, bool kUsual>
struct Functions {
  using V = typename S::V;
  const RecurrentArgs& args;

  GRAFT_INLINE V gate(V x) const {
    if constexpr (kUsual) return logistic<S>(x);
    return value_of(args.recurrent_activation, x);
  }
  GRAFT_INLINE V state(V x) const {
    if constexpr (kUsual) return tanh<S>(x);
    return value_of(args.activation, x);
  }
  GRAFT_INLINE V gate_slope(V y) const {
    if constexpr (kUsual) return y * (1.f - y);
    return slope_of(args.recurrent_activation, y);
  }
  GRAFT_INLINE V state_slope(V y) const {
    if constexpr (kUsual) return 1.f - y * y;
    return slope_of(args.activation, y);
  }

 private:
  static GRAFT_INLINE V value_of(const CellFunction& f, V x) {
    alignas(64) float lanes[S::lanes];
    store<S>(lanes, x);
    apply(S{}, f, lanes);
    return load<S>(lanes);
  }
  static GRAFT_INLINE V slope_of(const CellFunction& f, V y) {
    alignas(64) float lanes[S::lanes];
    store<S>(lanes, y);
    apply_slope(S{}, f, lanes);
    return load<S>(lanes);
  }
};

}  // namespace graft::ops::recurrent
