#include "graft/ops/kernels/reduce.h"

#include <algorithm>
#include <limits>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

constexpr int64_t kTile = 1024;    // columns that are accumulated at once; they fit the first cache
constexpr int64_t kStretch = 256;  // rows, or elements of a lane, that are summed in float

bool sums(Reduction algorithm) { return algorithm == Reduction::sum || algorithm == Reduction::mean; }

float start_of(Reduction algorithm) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (algorithm == Reduction::prod) return 1;
  return sums(algorithm) ? 0.f : algorithm == Reduction::max ? -kInfinity : kInfinity;
}

// -- loops ------------------------------------------------------------------------------------------------------------

template <class F>
GRAFT_INLINE void columns(const float* x, int64_t rows, int64_t stride, int64_t n, float* acc, F f) {
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const float *a = x + r * stride, *b = a + stride, *c = b + stride, *d = c + stride;
#pragma omp simd
    for (int64_t j = 0; j < n; ++j) acc[j] = f(acc[j], f(f(a[j], b[j]), f(c[j], d[j])));
  }
  for (; r < rows; ++r) {
    const float* a = x + r * stride;
#pragma omp simd
    for (int64_t j = 0; j < n; ++j) acc[j] = f(acc[j], a[j]);
  }
}

template <class F>
GRAFT_INLINE void columns_in_stretches(const float* x, int64_t rows, int64_t stride, int64_t n, double* totals,
                                       float start, F f) {
  float acc[kTile];
  for (int64_t r = 0; r < rows; r += kStretch) {
    std::fill_n(acc, n, start);
    columns(x + r * stride, std::min(kStretch, rows - r), stride, n, acc, f);
#pragma omp simd
    for (int64_t j = 0; j < n; ++j) totals[j] = f(totals[j], static_cast<double>(acc[j]));
  }
}

constexpr auto kAdd = [](auto a, auto b) { return a + b; };
constexpr auto kMultiply = [](auto a, auto b) { return a * b; };
// NaN where an operand is NaN.
constexpr auto kMax = [](auto a, auto b) { return a > b || a != a ? a : b; };
constexpr auto kMin = [](auto a, auto b) { return a < b || a != a ? a : b; };

/// totals[j] = f(totals[j], x[0][j], x[1][j], ...), for n <= kTile columns.
GRAFT_KERNEL void reduce_columns(Reduction algorithm, const float* x, int64_t rows, int64_t stride, int64_t n,
                                 double* totals) {
  const float start = start_of(algorithm);
  if (sums(algorithm)) return columns_in_stretches(x, rows, stride, n, totals, start, kAdd);
  if (algorithm == Reduction::prod) return columns_in_stretches(x, rows, stride, n, totals, start, kMultiply);
  if (algorithm == Reduction::max) return columns_in_stretches(x, rows, stride, n, totals, start, kMax);
  return columns_in_stretches(x, rows, stride, n, totals, start, kMin);
}

template <class F>
GRAFT_INLINE double one_run(const float* x, int64_t n, double total, float start, F f) {
  constexpr int64_t kLanes = 64;
  int64_t i = 0;
  while (i + kLanes <= n) {
    float acc[kLanes];
    for (float& a : acc) a = start;
    for (const int64_t end = std::min(n, i + kLanes * kStretch); i + kLanes <= end; i += kLanes) {
#pragma omp simd
      for (int64_t j = 0; j < kLanes; ++j) acc[j] = f(acc[j], x[i + j]);
    }
    for (int64_t half = kLanes / 2; half > 0; half /= 2)
      for (int64_t j = 0; j < half; ++j) acc[j] = f(acc[j], acc[j + half]);
    total = f(total, static_cast<double>(acc[0]));
  }
  float rest = start;
  for (; i < n; ++i) rest = f(rest, x[i]);
  return f(total, static_cast<double>(rest));
}

/// Returns f(total, x[0], x[1], ...).
GRAFT_KERNEL double reduce_run(Reduction algorithm, const float* x, int64_t n, double total) {
  const float start = start_of(algorithm);
  if (sums(algorithm)) return one_run(x, n, total, start, kAdd);
  if (algorithm == Reduction::prod) return one_run(x, n, total, start, kMultiply);
  if (algorithm == Reduction::max) return one_run(x, n, total, start, kMax);
  return one_run(x, n, total, start, kMin);
}

template <class F>
GRAFT_INLINE void short_runs(const float* x, int64_t rows, int64_t n, float factor, float* dst, F f) {
  for (int64_t r = 0; r < rows; ++r) {
    float value = x[r * n];
    for (int64_t i = 1; i < n; ++i) value = f(value, x[r * n + i]);
    dst[r] = value * factor;
  }
}

/// dst[r] = factor f(x[r][0], x[r][1], ...): rows of a few numbers, such as the channels of an image.
GRAFT_KERNEL void reduce_short_runs(Reduction algorithm, const float* x, int64_t rows, int64_t n, float factor,
                                    float* dst) {
  if (sums(algorithm)) return short_runs(x, rows, n, factor, dst, kAdd);
  if (algorithm == Reduction::prod) return short_runs(x, rows, n, factor, dst, kMultiply);
  if (algorithm == Reduction::max) return short_runs(x, rows, n, factor, dst, kMax);
  return short_runs(x, rows, n, factor, dst, kMin);
}

double combine(Reduction algorithm, double a, double b) {
  if (sums(algorithm)) return kAdd(a, b);
  if (algorithm == Reduction::prod) return kMultiply(a, b);
  return algorithm == Reduction::max ? kMax(a, b) : kMin(a, b);
}

int64_t count(const LoopNest& nest, size_t levels) {
  int64_t n = 1;
  for (size_t level = 0; level < levels; ++level) n *= nest.extents[level];
  return n;
}

int64_t offset(const LoopNest& nest, size_t levels, size_t operand, int64_t index) {
  int64_t out = 0;
  for (size_t level = levels; level-- > 0; index /= nest.extents[level])
    out += index % nest.extents[level] * nest.strides[level][operand];
  return out;
}

// Calls body(offset, n) for runs of n neighbours along the innermost reduced level.
template <class Body>
void for_each_run(const LoopNest& reduced, int64_t begin, int64_t end, Body body) {
  const int64_t extent = reduced.extents[reduced.levels - 1];
  while (begin < end) {
    const int64_t n = std::min(end - begin, extent - begin % extent);
    body(offset(reduced, reduced.levels, 0, begin), n);
    begin += n;
  }
}

}  // namespace

Reducer::Reducer(Reduction algorithm, const LoopNest& kept, const LoopNest& reduced, double scale)
    : algorithm_(algorithm), kept_(kept), reduced_(reduced), scale_(scale) {
  const size_t last = kept.levels - 1;
  if (kept.extents[last] > 1 && kept.strides[last][0] == 1) columns_ = kept.extents[last];
  outer_ = count(kept, kept.levels) / columns_;
  length_ = count(reduced, reduced.levels);
  if (outer_ < 8)
    chunks_ = std::clamp<int64_t>(outer_ * length_ * columns_ / (2 * kGrain), 1, std::min<int64_t>(length_, 16));
}

// True where each result is made of a few numbers that follow those of the result before.
bool Reducer::short_runs_in_order() const {
  constexpr int64_t kShort = 16;
  return columns_ == 1 && kept_.levels == 1 && reduced_.levels == 1 && chunks_ == 1 && length_ <= kShort &&
         reduced_.strides[0][0] == 1 && kept_.strides[0][0] == length_ && kept_.strides[0][1] == 1;
}

void Reducer::run(int threads, const float* src, float* dst, double* partials) const {
  if (short_runs_in_order()) {
    parallel_for(threads, outer_, kGrain / length_, [&](int64_t begin, int64_t end) {
      reduce_short_runs(algorithm_, src + begin * length_, end - begin, length_, static_cast<float>(scale_),
                        dst + begin);
    });
    return;
  }
  const int64_t work = columns_ * length_ / chunks_;
  parallel_for(threads, outer_ * chunks_, std::max<int64_t>(1, kGrain / work), [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) task(t / chunks_, t % chunks_, src, dst, chunks_ > 1 ? partials : nullptr);
  });
  if (chunks_ > 1) join(partials, dst);
}

void Reducer::task(int64_t row, int64_t chunk, const float* src, float* dst, double* partial) const {
  const int64_t begin = length_ * chunk / chunks_, end = length_ * (chunk + 1) / chunks_;
  src += offset(kept_, outer_levels(), 0, row);
  dst += offset(kept_, outer_levels(), 1, row);
  for (int64_t j = 0; j < columns_; j += kTile) {
    double totals[kTile];
    const int64_t n = std::min(kTile, columns_ - j);
    std::fill_n(totals, n, start_of(algorithm_));
    for_each_run(reduced_, begin, end, [&](int64_t at, int64_t rows) { reduce(src + at + j, rows, n, totals); });
    if (partial)
      std::copy_n(totals, n, partial + (row * chunks_ + chunk) * columns_ + j);
    else
      store(totals, n, dst + j);
  }
}

void Reducer::reduce(const float* x, int64_t rows, int64_t n, double* totals) const {
  const int64_t stride = reduced_.strides[reduced_.levels - 1][0];
  if (columns_ == 1 && stride == 1) {
    totals[0] = reduce_run(algorithm_, x, rows, totals[0]);
  } else if (stride == n && n <= 64 && rows >= 16) {
    reduce_narrow(x, rows, n, totals);
  } else {
    reduce_columns(algorithm_, x, rows, stride, n, totals);
  }
}

// Of few columns, in rows that follow each other, several rows are one of many columns.
void Reducer::reduce_narrow(const float* x, int64_t rows, int64_t n, double* totals) const {
  double wide[256];
  const int64_t fold = std::min<int64_t>(256 / n, rows / 4), width = fold * n;
  std::fill_n(wide, width, start_of(algorithm_));
  reduce_columns(algorithm_, x, rows / fold, width, width, wide);
  for (int64_t j = 0; j < width; ++j) totals[j % n] = combine(algorithm_, totals[j % n], wide[j]);
  reduce_columns(algorithm_, x + rows / fold * width, rows % fold, n, n, totals);
}

void Reducer::store(const double* totals, int64_t n, float* dst) const {
  for (int64_t j = 0; j < n; ++j) dst[j] = static_cast<float>(totals[j] * scale_);
}

void Reducer::join(double* partial, float* dst) const {
  for (int64_t row = 0; row < outer_; ++row) {
    double* first = partial + row * chunks_ * columns_;
    for (int64_t c = 1; c < chunks_; ++c)
      for (int64_t j = 0; j < columns_; ++j) first[j] = combine(algorithm_, first[j], first[c * columns_ + j]);
    store(first, columns_, dst + offset(kept_, outer_levels(), 1, row));
  }
}

}  // namespace graft::ops
