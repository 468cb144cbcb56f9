#include "graft/ops/kernels/algebra/solve.h"

#include <algorithm>

#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

/// A triangle of a matrix of n rows, as the left side of equations.
struct Triangle {
  const float* a;
  int64_t n;
  bool lower, transpose, unit;  // unit: the diagonal counts as 1

  double at(int64_t i, int64_t k) const { return static_cast<double>(transpose ? a[k * n + i] : a[i * n + k]); }

  // Replaces one column of right sides, `stride` floats apart, by the solution, in the order in which unknowns become
  // known.
  void solve(float* x, int64_t stride) const {
    const bool forward = lower != transpose;
    for (int64_t step = 0; step < n; ++step) {
      const int64_t i = forward ? step : n - 1 - step;
      double sum = static_cast<double>(x[i * stride]);
      for (int64_t k = forward ? 0 : i + 1; k < (forward ? i : n); ++k)
        sum -= at(i, k) * static_cast<double>(x[k * stride]);
      x[i * stride] = static_cast<float>(unit ? sum : sum / at(i, i));
    }
  }
};

int64_t grain(const Matrices& right) {
  return Matrices{right.count, right.rows, std::max(right.rows, right.columns)}.grain();
}

void solve_straight(const System& system, const float* lu, float* order, const float* b, float* x) {
  const int64_t n = system.right.rows, columns = system.right.columns;
  const Triangle lower{lu, n, true, false, true}, upper{lu, n, false, false, false};
  for (int64_t i = 0; i < n; ++i) std::copy_n(b + static_cast<int64_t>(order[i]) * columns, columns, x + i * columns);
  for (int64_t c = 0; c < columns; ++c) {
    lower.solve(x + c, columns);
    upper.solve(x + c, columns);
  }
}

// a^T = U^T L^T in the order of the factors' rows. The solution is in that order: each row is swapped to its place.
void solve_transposed(const System& system, const float* lu, float* order, const float* b, float* x) {
  const int64_t n = system.right.rows, columns = system.right.columns;
  const Triangle lower{lu, n, true, true, true}, upper{lu, n, false, true, false};
  std::copy_n(b, n * columns, x);
  for (int64_t c = 0; c < columns; ++c) {
    upper.solve(x + c, columns);
    lower.solve(x + c, columns);
  }
  for (int64_t i = 0; i < n; ++i)
    while (static_cast<int64_t>(order[i]) != i) {
      const auto place = static_cast<int64_t>(order[i]);
      std::swap_ranges(x + i * columns, x + (i + 1) * columns, x + place * columns);
      std::swap(order[i], order[place]);
    }
}

}  // namespace

void solve_triangles(int threads, const TriangleSystem& system, const float* a, const float* b, float* x) {
  const Matrices& right = system.right;
  parallel_for(threads, right.count, grain(right), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      const Triangle triangle{a + k * right.rows * right.rows, right.rows, system.lower, system.transpose, false};
      float* solution = x + k * right.floats();
      std::copy_n(b + k * right.floats(), right.floats(), solution);
      for (int64_t c = 0; c < right.columns; ++c) triangle.solve(solution + c, right.columns);
    }
  });
}

void solve_systems(int threads, const System& system, const float* a, const float* b, float* x, float* lu,
                   float* order) {
  const Matrices& right = system.right;
  const Matrices left{right.count, right.rows, right.rows};
  lu_factors(threads, left, a, lu, order);
  parallel_for(threads, right.count, grain(right), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k)
      (system.transpose ? solve_transposed : solve_straight)(system, lu + k * left.floats(), order + k * left.rows,
                                                             b + k * right.floats(), x + k * right.floats());
  });
}

}  // namespace graft::ops
