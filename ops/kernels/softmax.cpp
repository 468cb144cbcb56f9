#include "graft/ops/kernels/softmax.h"

#include <algorithm>
#include <cmath>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/kernels/base/row_math.h"
#include "graft/ops/kernels/base/vector_math.h"

namespace graft::ops {

namespace {

GRAFT_KERNEL void long_rows(bool log, const float* x, float* y, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const float top = largest(x, n);
    if (log) {
      const float shift = std::log(sum(n, [x, top](int64_t i) { return vector_exp(x[i] - top); }));
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) y[i] = x[i] - top - shift;
    } else {
      const float factor = 1.f / sum(n, [=](int64_t i) { return y[i] = vector_exp(x[i] - top); });
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) y[i] *= factor;
    }
  }
}

GRAFT_KERNEL void gradient_rows(bool log, const float* dy, const float* y, float* dx, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; ++r, dy += n, y += n, dx += n) {
    if (log) {
      const float total = sum(n, [dy](int64_t i) { return dy[i]; });
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) dx[i] = dy[i] - vector_exp(y[i]) * total;
    } else {
      const float total = sum(n, [dy, y](int64_t i) { return dy[i] * y[i]; });
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) dx[i] = y[i] * (dy[i] - total);
    }
  }
}

// Of short rows the exponentials of several are taken at once.
constexpr int64_t kShort = 128, kTogether = 1024;

GRAFT_KERNEL void short_rows(bool log, const float* x, float* y, int64_t rows, int64_t n) {
  float e[kTogether];
  while (rows > 0) {
    const int64_t m = std::min(rows, kTogether / n);
    for (int64_t r = 0; r < m; ++r) {
      float top = x[r * n];
      for (int64_t i = 1; i < n; ++i) top = x[r * n + i] > top ? x[r * n + i] : top;
      for (int64_t i = 0; i < n; ++i) y[r * n + i] = x[r * n + i] - top;
    }
#pragma omp simd
    for (int64_t i = 0; i < m * n; ++i) e[i] = vector_exp(y[i]);
    for (int64_t r = 0; r < m; ++r) {
      float total = 0;
      for (int64_t i = 0; i < n; ++i) total += e[r * n + i];
      if (log) {
        const float shift = std::log(total);
        for (int64_t i = 0; i < n; ++i) y[r * n + i] -= shift;
      } else {
        const float factor = 1.f / total;
        for (int64_t i = 0; i < n; ++i) y[r * n + i] = e[r * n + i] * factor;
      }
    }
    rows -= m;
    x += m * n;
    y += m * n;
  }
}

GRAFT_KERNEL void log_gradient_short_rows(const float* dy, const float* y, float* dx, int64_t rows, int64_t n) {
  float e[kTogether];
  while (rows > 0) {
    const int64_t m = std::min(rows, kTogether / n);
#pragma omp simd
    for (int64_t i = 0; i < m * n; ++i) e[i] = vector_exp(y[i]);
    for (int64_t r = 0; r < m; ++r) {
      float total = 0;
      for (int64_t i = 0; i < n; ++i) total += dy[r * n + i];
      for (int64_t i = 0; i < n; ++i) dx[r * n + i] = dy[r * n + i] - e[r * n + i] * total;
    }
    rows -= m;
    dy += m * n;
    y += m * n;
    dx += m * n;
  }
}

}  // namespace

void softmax_rows(int threads, const SoftmaxRows& of, const float* x, float* y) {
  const auto body = of.n <= kShort ? short_rows : long_rows;
  parallel_for(threads, of.rows, std::max<int64_t>(1, kGrain / of.n), [&](int64_t begin, int64_t end) {
    body(of.log, x + begin * of.n, y + begin * of.n, end - begin, of.n);
  });
}

void softmax_gradient_rows(int threads, const SoftmaxRows& of, const float* dy, const float* y, float* dx) {
  parallel_for(threads, of.rows, std::max<int64_t>(1, kGrain / of.n), [&](int64_t begin, int64_t end) {
    const int64_t at = begin * of.n;
    if (of.log && of.n <= kShort)
      log_gradient_short_rows(dy + at, y + at, dx + at, end - begin, of.n);
    else
      gradient_rows(of.log, dy + at, y + at, dx + at, end - begin, of.n);
  });
}

}  // namespace graft::ops
