#pragma once

// Internal: the innermost loops of batch normalisation, over a stretch of rows with the channels innermost. They are
// inlined into the GRAFT_KERNEL functions of batch_norm.cpp.

#include "graft/ops/kernels/base/activation.h"
#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/lanes.h"

namespace graft::ops {

// -- the activation ---------------------------------------------------------------------------------------------------

template <KernelActivation::Kind kind, class V>
GRAFT_INLINE V activated(V v, float low, float high) {
  if constexpr (kind == KernelActivation::relu) return v > 0 ? v : low * v;
  if constexpr (kind == KernelActivation::clip) {
    const V all_low = v - v + low, all_high = v - v + high;
    const V above = v > low ? v : all_low;
    return above < high ? above : all_high;
  }
  return v;
}

/// The gradient for the value v that goes into the activation, from the gradient of what comes out.
template <KernelActivation::Kind kind, class V>
GRAFT_INLINE V passed(V v, V gradient, float low, float high) {
  if constexpr (kind == KernelActivation::relu) return v > 0 ? gradient : low * gradient;
  if constexpr (kind == KernelActivation::clip) {
    const V none = gradient - gradient;
    const V above = v > low ? gradient : none;
    return v <= high ? above : none;
  }
  return gradient;
}

// -- loops over a stretch of rows -------------------------------------------------------------------------------------

/// Rows that follow each other in memory. Where several rows are walked as one wide row, these are counted in wide
/// rows.
struct Stretch {
  int64_t rows, channels;
};

/// Sums of x - pivot and of its square down each column, kept in registers.
template <int kUnroll, class T>
GRAFT_INLINE void moment_columns(const T* x, int64_t rows, int64_t stride, const float* pivot, float* sum,
                                 float* square) {
  Lanes s[kUnroll], q[kUnroll], p[kUnroll];
  for (int u = 0; u < kUnroll; ++u) {
    s[u] = q[u] = Lanes{};
    p[u] = lanes(pivot + u * kLanes);
  }
  for (int64_t r = 0; r < rows; ++r)
    for (int u = 0; u < kUnroll; ++u) {
      const Lanes d = load_lanes(x + r * stride + u * kLanes) - p[u];
      s[u] += d;
      q[u] += d * d;
    }
  for (int u = 0; u < kUnroll; ++u) {
    lanes(sum + u * kLanes) = s[u];
    lanes(square + u * kLanes) = q[u];
  }
}

template <class T>
GRAFT_INLINE void moments(const T* x, Stretch at, const float* pivot, float* sum, float* square) {
  int64_t c = 0;
  for (; c + 4 * kLanes <= at.channels; c += 4 * kLanes)
    moment_columns<4>(x + c, at.rows, at.channels, pivot + c, sum + c, square + c);
  for (; c + kLanes <= at.channels; c += kLanes)
    moment_columns<1>(x + c, at.rows, at.channels, pivot + c, sum + c, square + c);
  for (; c < at.channels; ++c) {
    sum[c] = square[c] = 0;
    for (int64_t r = 0; r < at.rows; ++r) {
      const float d = load_one(x + r * at.channels + c) - pivot[c];
      sum[c] += d;
      square[c] += d * d;
    }
  }
}

/// Vectors per channel that the backward pass reads.
struct Channels {
  const float *mean, *scale, *shift, *slope = nullptr, *offset = nullptr;
};

/// Sums of the gradient and of the gradient times (x - mean), down each column.
template <KernelActivation::Kind kind, int kUnroll, class T>
GRAFT_INLINE void gradient_columns(const T* g, const T* x, int64_t rows, int64_t stride, const Channels& at,
                                   KernelActivation f, float* sum, float* product) {
  Lanes s[kUnroll], q[kUnroll], mean[kUnroll], scale[kUnroll], shift[kUnroll];
  for (int u = 0; u < kUnroll; ++u) {
    s[u] = q[u] = Lanes{};
    mean[u] = lanes(at.mean + u * kLanes);
    scale[u] = lanes(at.scale + u * kLanes);
    shift[u] = lanes(at.shift + u * kLanes);
  }
  for (int64_t r = 0; r < rows; ++r)
    for (int u = 0; u < kUnroll; ++u) {
      const Lanes value = load_lanes(x + r * stride + u * kLanes);
      const Lanes d =
          passed<kind>(Lanes(value * scale[u] + shift[u]), load_lanes(g + r * stride + u * kLanes), f.low, f.high);
      s[u] += d;
      q[u] += d * (value - mean[u]);
    }
  for (int u = 0; u < kUnroll; ++u) {
    lanes(sum + u * kLanes) = s[u];
    lanes(product + u * kLanes) = q[u];
  }
}

template <KernelActivation::Kind kind, class T>
GRAFT_INLINE void gradient_sums(const T* g, const T* x, Stretch to, const Channels& at, KernelActivation f, float* sum,
                                float* product) {
  const auto from = [&](int64_t c) { return Channels{at.mean + c, at.scale + c, at.shift + c}; };
  int64_t c = 0;
  for (; c + 4 * kLanes <= to.channels; c += 4 * kLanes)
    gradient_columns<kind, 4>(g + c, x + c, to.rows, to.channels, from(c), f, sum + c, product + c);
  for (; c + kLanes <= to.channels; c += kLanes)
    gradient_columns<kind, 1>(g + c, x + c, to.rows, to.channels, from(c), f, sum + c, product + c);
  for (; c < to.channels; ++c) {
    sum[c] = product[c] = 0;
    for (int64_t r = 0; r < to.rows; ++r) {
      const float value = load_one(x + r * to.channels + c);
      const float d = passed<kind>(value * at.scale[c] + at.shift[c], load_one(g + r * to.channels + c), f.low, f.high);
      sum[c] += d;
      product[c] += d * (value - at.mean[c]);
    }
  }
}

template <KernelActivation::Kind kind, class T>
GRAFT_INLINE void scale_and_shift(const T* x, Stretch at, const float* scale, const float* shift, KernelActivation f,
                                  T* y) {
  for (int64_t r = 0; r < at.rows; ++r, x += at.channels, y += at.channels) {
    int64_t c = 0;
    for (; c + kLanes <= at.channels; c += kLanes)
      store_lanes(y + c,
                  activated<kind>(Lanes(load_lanes(x + c) * lanes(scale + c) + lanes(shift + c)), f.low, f.high));
    for (; c < at.channels; ++c)
      store_one(y + c, activated<kind>(load_one(x + c) * scale[c] + shift[c], f.low, f.high));
  }
}

/// diff_src = scale g + (x - mean) slope + offset
template <KernelActivation::Kind kind, class T>
GRAFT_INLINE void gradient_rows(const T* g, const T* x, Stretch to, const Channels& at, KernelActivation f, T* dx) {
  for (int64_t r = 0; r < to.rows; ++r, g += to.channels, x += to.channels, dx += to.channels) {
    int64_t c = 0;
    for (; c + kLanes <= to.channels; c += kLanes) {
      const Lanes value = load_lanes(x + c), scale = lanes(at.scale + c);
      const Lanes d = passed<kind>(Lanes(value * scale + lanes(at.shift + c)), load_lanes(g + c), f.low, f.high);
      store_lanes(dx + c,
                  Lanes(scale * d + ((value - lanes(at.mean + c)) * lanes(at.slope + c) + lanes(at.offset + c))));
    }
    for (; c < to.channels; ++c) {
      const float value = load_one(x + c);
      const float d = passed<kind>(value * at.scale[c] + at.shift[c], load_one(g + c), f.low, f.high);
      store_one(dx + c, at.scale[c] * d + ((value - at.mean[c]) * at.slope[c] + at.offset[c]));
    }
  }
}

}  // namespace graft::ops
