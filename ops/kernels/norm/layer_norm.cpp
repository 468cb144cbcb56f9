#include "graft/ops/kernels/norm/layer_norm.h"

#include <algorithm>
#include <cmath>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/lanes.h"

namespace graft::ops {

namespace {

// -- loops over a row: the same code for eight elements at once and for each of those that are left -------------------

template <class T>
GRAFT_INLINE Lanes load_like(const Lanes&, const T* x) {
  return load_lanes(x);
}
template <class T>
GRAFT_INLINE float load_like(float, const T* x) {
  return load_one(x);
}
template <class T>
GRAFT_INLINE void store(T* to, Lanes value) {
  store_lanes(to, value);
}
template <class T>
GRAFT_INLINE void store(T* to, float value) {
  store_one(to, value);
}

/// Calls step(i, like), where the type of `like`, Lanes or float, says how many elements it takes from i on.
template <class Step>
GRAFT_INLINE void for_each_element(int64_t n, Step step) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) step(i, Lanes{});
  for (; i < n; ++i) step(i, 0.f);
}

GRAFT_INLINE float total(Lanes v) {
  v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3);
  v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5);
  return v[0] + v[1];
}

struct RowSums {
  double first = 0, second = 0;
};

/// Two sums over a row, in float over stretches that lose no digits. add(i, first, second) adds the elements from i on.
template <class Add>
GRAFT_INLINE RowSums row_sums(int64_t n, Add add) {
  constexpr int64_t kUnroll = 4, kStretch = 4096;  // so that an addition does not wait for the one before
  RowSums sums;
  int64_t i = 0;
  for (const int64_t whole = n / kLanes * kLanes; i < whole;) {
    Lanes first[kUnroll] = {}, second[kUnroll] = {};
    const int64_t end = std::min(whole, i + kStretch);
    for (; i + kUnroll * kLanes <= end; i += kUnroll * kLanes)
      for (int64_t u = 0; u < kUnroll; ++u) add(i + u * kLanes, first[u], second[u]);
    for (; i < end; i += kLanes) add(i, first[0], second[0]);
    sums.first += total(first[0] + first[1] + (first[2] + first[3]));
    sums.second += total(second[0] + second[1] + (second[2] + second[3]));
  }
  float first = 0, second = 0;
  for (; i < n; ++i) add(i, first, second);
  return {sums.first + first, sums.second + second};
}

// -- one row at a time, so that the processor can foresee which memory it needs next ----------------------------------

// Squares are of distances from a first mean, and the second pass also finds how far that is off, so that a mean far
// from 0 loses no digits. part = 1 / n.
template <class T>
GRAFT_INLINE void find_statistics(const T* x, int64_t n, double part, float epsilon, float& mean, float& rsqrt) {
  const RowSums all =
      row_sums(n, [&](int64_t i, auto& sum, auto&) __attribute__((always_inline)) { sum += load_like(sum, x + i); });
  const auto near = static_cast<float>(all.first * part);
  const RowSums off = row_sums(n, [&](int64_t i, auto& sum, auto& square) __attribute__((always_inline)) {
    const auto distance = load_like(sum, x + i) - near;
    sum += distance;
    square += distance * distance;
  });
  const double distance = off.first * part, variance = off.second * part - distance * distance;
  mean = static_cast<float>(near + distance);
  rsqrt = 1.f / std::sqrt(static_cast<float>(variance > 0 ? variance : 0) + epsilon);
}

template <class T>
GRAFT_INLINE void normalise(const T* x, int64_t n, float mean, float rsqrt, const LayerNormForward& at, T* y) {
  for_each_element(n, [&](int64_t i, auto like) __attribute__((always_inline)) {
    const auto normal = (load_like(like, x + i) - mean) * rsqrt;
    store(y + i, normal * load_like(like, at.gamma + i) + load_like(like, at.beta + i));
  });
}

// With s = rsqrt, c = x - mean, d = gamma g: diff_src = s (d - sum(d) / n) - c s^3 sum(d c) / n. The row adds
// g c s to diff_gamma and g to diff_beta, for each column.
template <class T>
GRAFT_INLINE void differentiate(const T* g, const T* x, int64_t n, double part, float mean, float s, const float* gamma,
                                T* dx, float* diff_gamma, float* diff_beta) {
  const RowSums sums = row_sums(n, [&](int64_t i, auto& sum, auto& product) __attribute__((always_inline)) {
    const auto d = load_like(sum, g + i), normal = (load_like(sum, x + i) - mean) * s;
    store(diff_gamma + i, load_like(sum, diff_gamma + i) + d * normal);
    store(diff_beta + i, load_like(sum, diff_beta + i) + d);
    const auto scaled = d * load_like(sum, gamma + i);
    sum += scaled;
    product += scaled * normal;
  });
  const auto offset = static_cast<float>(-s * sums.first * part),
             slope = static_cast<float>(-s * s * sums.second * part);
  for_each_element(n, [&](int64_t i, auto like) __attribute__((always_inline)) {
    store(dx + i,
          load_like(like, g + i) * load_like(like, gamma + i) * s + ((load_like(like, x + i) - mean) * slope + offset));
  });
}

template <class T>
GRAFT_INLINE void normalise_rows(int64_t n, int64_t row, int64_t rows, float epsilon, const LayerNormForward& at) {
  const double part = 1 / static_cast<double>(n);
  for (const int64_t end = row + rows; row < end; ++row) {
    const T* x = static_cast<const T*>(at.src) + row * n;
    find_statistics(x, n, part, epsilon, at.mean[row], at.rsqrt[row]);
    normalise(x, n, at.mean[row], at.rsqrt[row], at, static_cast<T*>(at.dst) + row * n);
  }
}

template <class T>
GRAFT_INLINE void differentiate_rows(int64_t n, int64_t row, int64_t rows, const LayerNormGradient& at,
                                     float* diff_gamma, float* diff_beta) {
  const double part = 1 / static_cast<double>(n);
  std::fill_n(diff_gamma, n, 0.f);
  std::fill_n(diff_beta, n, 0.f);
  for (const int64_t end = row + rows; row < end; ++row)
    differentiate(static_cast<const T*>(at.diff_dst) + row * n, static_cast<const T*>(at.src) + row * n, n, part,
                  at.mean[row], at.rsqrt[row], at.gamma, static_cast<T*>(at.diff_src) + row * n, diff_gamma, diff_beta);
}

GRAFT_KERNEL void run_forward(bool narrow, int64_t n, int64_t row, int64_t rows, float epsilon,
                              const LayerNormForward& at) {
  if (narrow) return normalise_rows<Bf16>(n, row, rows, epsilon, at);
  normalise_rows<float>(n, row, rows, epsilon, at);
}

GRAFT_KERNEL void run_backward(bool narrow, int64_t n, int64_t row, int64_t rows, const LayerNormGradient& at,
                               float* diff_gamma, float* diff_beta) {
  if (narrow) return differentiate_rows<Bf16>(n, row, rows, at, diff_gamma, diff_beta);
  differentiate_rows<float>(n, row, rows, at, diff_gamma, diff_beta);
}

}  // namespace

void layer_norm_forward(int threads, const NormShape& shape, bool narrow, float epsilon, const LayerNormForward& at) {
  for_each_stretch(threads, shape, [&](int64_t first, int64_t rows, int64_t) {
    run_forward(narrow, shape.channels, first, rows, epsilon, at);
  });
}

void layer_norm_backward(int threads, const NormShape& shape, bool narrow, const LayerNormGradient& at) {
  for_each_stretch(threads, shape, [&](int64_t first, int64_t rows, int64_t number) {
    float* sums = at.partials + 2 * number * shape.channels;
    run_backward(narrow, shape.channels, first, rows, at, sums, sums + shape.channels);
  });
  for_each_total(threads, shape, at.partials, [&](int64_t c, double gamma, double beta) {
    at.diff_gamma[c] = static_cast<float>(gamma);
    at.diff_beta[c] = static_cast<float>(beta);
  });
}

}  // namespace graft::ops
