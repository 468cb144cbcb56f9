#include "graft/ops/kernels/algebra/qr.h"

#include <algorithm>
#include <cmath>

#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

/// A reflection I - factor v v^T. v is column `column` of a matrix from the row of that number on, where it is 1.
struct Reflection {
  const float* matrix;
  int64_t rows, columns, column;
  float factor;

  double v(int64_t i) const { return i == column ? 1 : static_cast<double>(matrix[i * columns + column]); }

  // Reflects column c of another matrix.
  void apply(float* to, int64_t to_columns, int64_t c) const {
    double product = 0;
    for (int64_t i = column; i < rows; ++i) product += v(i) * static_cast<double>(to[i * to_columns + c]);
    product *= static_cast<double>(factor);
    for (int64_t i = column; i < rows; ++i) {
      float& x = to[i * to_columns + c];
      x = static_cast<float>(static_cast<double>(x) - product * v(i));
    }
  }
};

// Makes the reflection that turns a column into a multiple of a unit vector. The multiple replaces its diagonal
// element, and v what is below it.
float make_reflection(const Matrices& m, float* a, int64_t column) {
  float& diagonal = a[column * m.columns + column];
  double below = 0;
  for (int64_t i = column + 1; i < m.rows; ++i) {
    const double x = static_cast<double>(a[i * m.columns + column]);
    below += x * x;
  }
  if (below == 0) return 0;
  const double top = static_cast<double>(diagonal), length = std::sqrt(top * top + below);
  const double to = top > 0 ? -length : length;
  for (int64_t i = column + 1; i < m.rows; ++i) {
    float& x = a[i * m.columns + column];
    x = static_cast<float>(static_cast<double>(x) / (top - to));
  }
  diagonal = static_cast<float>(to);
  return static_cast<float>((to - top) / to);
}

void factor(const Matrices& m, int64_t q_columns, const float* a, const QrMemory& memory) {
  float* work = memory.work;
  std::copy_n(a, m.floats(), work);
  const auto reflection = [&](int64_t k) { return Reflection{work, m.rows, m.columns, k, memory.factors[k]}; };
  for (int64_t k = 0; k < m.rank(); ++k) {
    memory.factors[k] = make_reflection(m, work, k);
    for (int64_t c = k + 1; c < m.columns; ++c) reflection(k).apply(work, m.columns, c);
  }
  for (int64_t i = 0; i < q_columns; ++i)
    for (int64_t c = 0; c < m.columns; ++c) memory.r[i * m.columns + c] = c < i ? 0 : work[i * m.columns + c];
  for (int64_t i = 0; i < m.rows; ++i)
    for (int64_t c = 0; c < q_columns; ++c) memory.q[i * q_columns + c] = i == c ? 1.f : 0.f;
  for (int64_t k = m.rank(); k-- > 0;)
    for (int64_t c = k; c < q_columns; ++c) reflection(k).apply(memory.q, q_columns, c);
}

}  // namespace

void qr_factors(int threads, const Matrices& m, int64_t q_columns, const float* a, const QrMemory& memory) {
  parallel_for(threads, m.count, m.grain(), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k)
      factor(m, q_columns, a + k * m.floats(),
             {memory.q + k * m.rows * q_columns, memory.r + k * q_columns * m.columns, memory.work + k * m.floats(),
              memory.factors + k * m.rank()});
  });
}

}  // namespace graft::ops
