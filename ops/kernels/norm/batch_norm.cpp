#include "graft/ops/kernels/norm/batch_norm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/norm/batch_norm_loops.h"

namespace graft::ops {

namespace {

constexpr int64_t kWidest = 2048;  // floats of a wide row, whose vectors are on the stack
constexpr int64_t kPivotRows = 16;

// Where channels do not fill whole lanes, `fold` rows are walked together as one wide row.
int64_t fold_of(int64_t channels) {
  const int64_t fold = kLanes / std::gcd(channels, kLanes);
  return fold * channels <= kWidest ? fold : 1;
}

// A vector per channel, repeated for each row of a wide row.
class Wide {
 public:
  Wide(const float* values, int64_t channels, int64_t fold) : data_(values) {
    if (fold == 1) return;
    for (int64_t i = 0; i < fold; ++i) std::copy_n(values, channels, copy_.data() + i * channels);
    data_ = copy_.data();
  }
  const float* data() const { return data_; }

 private:
  std::array<float, kWidest> copy_;
  const float* data_;
};

// -- one loop for each type and activation, compiled for each instruction set -----------------------------------------

template <KernelActivation::Kind k>
struct KindOf {
  static constexpr KernelActivation::Kind value = k;
};

template <class F>
GRAFT_INLINE void with_kind(KernelActivation::Kind kind, F body) {
  if (kind == KernelActivation::relu) return body(KindOf<KernelActivation::relu>());
  if (kind == KernelActivation::clip) return body(KindOf<KernelActivation::clip>());
  return body(KindOf<KernelActivation::none>());
}

GRAFT_KERNEL void run_moments(bool narrow, const void* x, Stretch at, const float* pivot, float* sum, float* square) {
  if (narrow) return moments(static_cast<const Bf16*>(x), at, pivot, sum, square);
  moments(static_cast<const float*>(x), at, pivot, sum, square);
}

GRAFT_KERNEL void run_scale_and_shift(bool narrow, const void* x, Stretch at, const float* scale, const float* shift,
                                      KernelActivation f, void* y) {
  with_kind(f.kind, [&](auto kind) __attribute__((always_inline)) {
    constexpr auto k = decltype(kind)::value;
    if (narrow) return scale_and_shift<k>(static_cast<const Bf16*>(x), at, scale, shift, f, static_cast<Bf16*>(y));
    scale_and_shift<k>(static_cast<const float*>(x), at, scale, shift, f, static_cast<float*>(y));
  });
}

GRAFT_KERNEL void run_gradient_sums(bool narrow, const void* g, const void* x, Stretch to, const Channels& at,
                                    KernelActivation f, float* sum, float* product) {
  with_kind(f.kind, [&](auto kind) __attribute__((always_inline)) {
    constexpr auto k = decltype(kind)::value;
    if (narrow)
      return gradient_sums<k>(static_cast<const Bf16*>(g), static_cast<const Bf16*>(x), to, at, f, sum, product);
    gradient_sums<k>(static_cast<const float*>(g), static_cast<const float*>(x), to, at, f, sum, product);
  });
}

GRAFT_KERNEL void run_gradient_rows(bool narrow, const void* g, const void* x, Stretch to, const Channels& at,
                                    KernelActivation f, void* dx) {
  with_kind(f.kind, [&](auto kind) __attribute__((always_inline)) {
    constexpr auto k = decltype(kind)::value;
    if (narrow)
      return gradient_rows<k>(static_cast<const Bf16*>(g), static_cast<const Bf16*>(x), to, at, f,
                              static_cast<Bf16*>(dx));
    gradient_rows<k>(static_cast<const float*>(g), static_cast<const float*>(x), to, at, f, static_cast<float*>(dx));
  });
}

// -- passes over the whole matrix -------------------------------------------------------------------------------------

/// Some of the rows: as wide rows, or single ones where too few are left for a wide row.
struct Part {
  int64_t first;  // row
  Stretch at;
  bool wide;
};

template <class Body>
void for_each_part(int64_t first, int64_t rows, int64_t channels, int64_t fold, const Body& body) {
  const int64_t whole = rows / fold * fold;
  if (whole > 0) body(Part{first, {whole / fold, channels * fold}, true});
  if (whole < rows) body(Part{first + whole, {rows - whole, channels}, false});
}

const void* at_row(bool narrow, const void* x, const NormShape& shape, int64_t row) {
  return static_cast<const std::byte*>(x) + row * shape.channels * (narrow ? 2 : 4);
}
void* at_row(bool narrow, void* x, const NormShape& shape, int64_t row) {
  return static_cast<std::byte*>(x) + row * shape.channels * (narrow ? 2 : 4);
}

/// Two sums per channel of a stretch. `loop(part, sums, others)` computes those of each column of a part.
template <class Loop>
void sum_stretch(const NormShape& shape, int64_t first, int64_t rows, float* sums, float* others, const Loop& loop) {
  const int64_t channels = shape.channels, fold = fold_of(channels);
  if (fold == 1) return loop(Part{first, {rows, channels}, true}, sums, others);
  std::fill_n(sums, channels, 0.f);
  std::fill_n(others, channels, 0.f);
  for_each_part(first, rows, channels, fold, [&](const Part& part) {
    std::array<float, kWidest> wide_sums, wide_others;
    loop(part, wide_sums.data(), wide_others.data());
    for (int64_t c = 0; c < part.at.channels; ++c) {
      sums[c % channels] += wide_sums[static_cast<size_t>(c)];
      others[c % channels] += wide_others[static_cast<size_t>(c)];
    }
  });
}

// Finds a value near the mean of each channel: squares of distances from it lose no digits.
void find_pivots(bool narrow, const NormShape& shape, const void* src, float* pivots) {
  const int64_t count = std::min(kPivotRows, shape.rows);
  std::fill_n(pivots, shape.channels, 0.f);
  for (int64_t k = 0; k < count; ++k) {
    const void* row = at_row(narrow, src, shape, k * shape.rows / count);
    for (int64_t c = 0; c < shape.channels; ++c)
      pivots[c] += (narrow ? load_one(static_cast<const Bf16*>(row) + c) : static_cast<const float*>(row)[c]);
  }
  for (int64_t c = 0; c < shape.channels; ++c) pivots[c] /= static_cast<float>(count);
}

float factor(const float* gamma, int64_t channel) { return gamma ? gamma[channel] : 1.f; }
float rsqrt(float variance, float epsilon) { return 1.f / std::sqrt(variance + epsilon); }

/// scale = gamma / sqrt(variance + epsilon), shift = beta - mean scale
void scale_and_shift_of(const NormShape& shape, float epsilon, const float* gamma, const float* beta, const float* mean,
                        const float* variance, float* scale, float* shift) {
  for (int64_t c = 0; c < shape.channels; ++c) {
    scale[c] = factor(gamma, c) * rsqrt(variance[c], epsilon);
    shift[c] = (beta ? beta[c] : 0.f) - mean[c] * scale[c];
  }
}

}  // namespace

void norm_forward(int threads, const NormShape& shape, bool narrow, float epsilon, KernelActivation activation,
                  const NormForward& at) {
  const int64_t channels = shape.channels, fold = fold_of(channels);
  float *scale = at.vectors, *shift = scale + channels, *pivots = shift;  // the shifts replace the pivots
  find_pivots(narrow, shape, at.src, pivots);
  {
    const Wide wide(pivots, channels, fold);
    for_each_stretch(threads, shape, [&](int64_t first, int64_t rows, int64_t number) {
      float* sums = at.partials + 2 * number * channels;
      sum_stretch(shape, first, rows, sums, sums + channels, [&](const Part& part, float* sum, float* square) {
        run_moments(narrow, at_row(narrow, at.src, shape, part.first), part.at, part.wide ? wide.data() : pivots, sum,
                    square);
      });
    });
  }
  for_each_total(threads, shape, at.partials, [&](int64_t c, double sum, double square) {
    const double n = static_cast<double>(shape.rows), distance = sum / n;
    at.mean[c] = static_cast<float>(pivots[c] + distance);
    at.variance[c] = static_cast<float>(std::max(0., square / n - distance * distance));
  });
  scale_and_shift_of(shape, epsilon, at.gamma, at.beta, at.mean, at.variance, scale, shift);
  const Wide wide_scale(scale, channels, fold), wide_shift(shift, channels, fold);
  for_each_stretch(threads, shape, [&](int64_t first, int64_t rows, int64_t) {
    for_each_part(first, rows, channels, fold, [&](const Part& part) {
      run_scale_and_shift(narrow, at_row(narrow, at.src, shape, part.first), part.at,
                          part.wide ? wide_scale.data() : scale, part.wide ? wide_shift.data() : shift, activation,
                          at_row(narrow, at.dst, shape, part.first));
    });
  });
}

void norm_backward(int threads, const NormShape& shape, bool narrow, float epsilon, KernelActivation activation,
                   const NormBackward& at) {
  const int64_t channels = shape.channels, fold = fold_of(channels);
  float *scale = at.vectors, *shift = scale + channels, *slope = shift + channels, *offset = slope + channels;
  scale_and_shift_of(shape, epsilon, at.gamma, at.beta, at.mean, at.variance, scale, shift);
  const Wide wide_mean(at.mean, channels, fold), wide_scale(scale, channels, fold), wide_shift(shift, channels, fold);
  const Channels narrow_at{at.mean, scale, shift, slope, offset};
  Channels wide_at{wide_mean.data(), wide_scale.data(), wide_shift.data()};
  for_each_stretch(threads, shape, [&](int64_t first, int64_t rows, int64_t number) {
    float* sums = at.partials + 2 * number * channels;
    sum_stretch(shape, first, rows, sums, sums + channels, [&](const Part& part, float* sum, float* product) {
      run_gradient_sums(narrow, at_row(narrow, at.diff_dst, shape, part.first),
                        at_row(narrow, at.src, shape, part.first), part.at, part.wide ? wide_at : narrow_at, activation,
                        sum, product);
    });
  });
  for_each_total(threads, shape, at.partials, [&](int64_t c, double sum, double product) {
    const double inverse = rsqrt(at.variance[c], epsilon), n = static_cast<double>(shape.rows);
    if (at.diff_gamma) at.diff_gamma[c] = static_cast<float>(product * inverse);
    if (at.diff_beta) at.diff_beta[c] = static_cast<float>(sum);
    slope[c] = static_cast<float>(-scale[c] * inverse * inverse * product / n);
    offset[c] = static_cast<float>(-scale[c] * sum / n);
  });
  const Wide wide_slope(slope, channels, fold), wide_offset(offset, channels, fold);
  wide_at.slope = wide_slope.data();
  wide_at.offset = wide_offset.data();
  for_each_stretch(threads, shape, [&](int64_t first, int64_t rows, int64_t) {
    for_each_part(first, rows, channels, fold, [&](const Part& part) {
      run_gradient_rows(narrow, at_row(narrow, at.diff_dst, shape, part.first),
                        at_row(narrow, at.src, shape, part.first), part.at, part.wide ? wide_at : narrow_at, activation,
                        at_row(narrow, at.diff_src, shape, part.first));
    });
  });
}

}  // namespace graft::ops
