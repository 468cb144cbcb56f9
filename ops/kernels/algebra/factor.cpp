#include "graft/ops/kernels/algebra/factor.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

void cholesky_of_one(int64_t n, const float* a, float* l) {
  for (int64_t i = 0; i < n; ++i) {
    float* row = l + i * n;
    for (int64_t j = 0; j <= i; ++j) {
      const float* other = l + j * n;
      double sum = static_cast<double>(a[i * n + j]);
      for (int64_t k = 0; k < j; ++k) sum -= static_cast<double>(row[k]) * static_cast<double>(other[k]);
      const double pivot = sum > 0 ? std::sqrt(sum) : std::numeric_limits<double>::quiet_NaN();
      row[j] = static_cast<float>(i == j ? pivot : sum / static_cast<double>(other[j]));
    }
    std::fill(row + i + 1, row + n, 0.f);
  }
}

// The element minus what the columns before the smaller of i and j take away.
float remaining(const Matrices& m, const float* lu, int64_t i, int64_t j) {
  double sum = static_cast<double>(lu[i * m.columns + j]);
  for (int64_t k = 0; k < std::min(i, j); ++k)
    sum -= static_cast<double>(lu[i * m.columns + k]) * static_cast<double>(lu[k * m.columns + j]);
  return static_cast<float>(sum);
}

// Column by column; the largest number on or below the diagonal is moved onto it.
void lu_of_one(const Matrices& m, const float* a, float* lu, float* order) {
  std::copy_n(a, m.floats(), lu);
  for (int64_t i = 0; i < m.rows; ++i) order[i] = static_cast<float>(i);
  for (int64_t j = 0; j < m.columns; ++j) {
    for (int64_t i = 0; i < m.rows; ++i) lu[i * m.columns + j] = remaining(m, lu, i, j);
    if (j >= m.rows) continue;
    int64_t pivot = j;
    for (int64_t i = j + 1; i < m.rows; ++i)
      if (std::abs(lu[i * m.columns + j]) > std::abs(lu[pivot * m.columns + j])) pivot = i;
    if (pivot != j) {
      std::swap_ranges(lu + j * m.columns, lu + (j + 1) * m.columns, lu + pivot * m.columns);
      std::swap(order[j], order[pivot]);
    }
    const float top = lu[j * m.columns + j];
    for (int64_t i = j + 1; top != 0 && i < m.rows; ++i) lu[i * m.columns + j] /= top;
  }
}

// 1 if the order takes an even number of swaps, else -1. It sorts the order by that.
double parity(int64_t n, float* order) {
  double sign = 1;
  for (int64_t i = 0; i < n; ++i)
    while (static_cast<int64_t>(order[i]) != i) {
      std::swap(order[i], order[static_cast<int64_t>(order[i])]);
      sign = -sign;
    }
  return sign;
}

/// Calls body(k) for each matrix.
template <class Body>
void for_each_matrix(int threads, const Matrices& m, const Body& body) {
  parallel_for(threads, m.count, m.grain(), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) body(k);
  });
}

}  // namespace

int64_t Matrices::grain() const {
  return std::max<int64_t>(1, kGrain / std::max<int64_t>(1, floats() * std::max<int64_t>(1, rank())));
}

void cholesky(int threads, const Matrices& m, const float* a, float* l) {
  for_each_matrix(threads, m, [&](int64_t k) { cholesky_of_one(m.rows, a + k * m.floats(), l + k * m.floats()); });
}

void lu_factors(int threads, const Matrices& m, const float* a, float* lu, float* order) {
  for_each_matrix(threads, m,
                  [&](int64_t k) { lu_of_one(m, a + k * m.floats(), lu + k * m.floats(), order + k * m.rows); });
}

void determinants(int threads, const Matrices& m, const float* a, float* lu, float* order, float* determinant) {
  for_each_matrix(threads, m, [&](int64_t k) {
    float *factors = lu + k * m.floats(), *rows = order + k * m.rows;
    lu_of_one(m, a + k * m.floats(), factors, rows);
    double product = parity(m.rows, rows);
    for (int64_t i = 0; i < m.rows; ++i) product *= static_cast<double>(factors[i * m.columns + i]);
    determinant[k] = static_cast<float>(product);
  });
}

void log_determinants(int threads, const Matrices& m, const float* a, float* lu, float* order,
                      const LogDeterminants& out) {
  for_each_matrix(threads, m, [&](int64_t k) {
    float *factors = lu + k * m.floats(), *rows = order + k * m.rows;
    lu_of_one(m, a + k * m.floats(), factors, rows);
    double sign = parity(m.rows, rows), log = 0;
    for (int64_t i = 0; i < m.rows; ++i) {
      const double pivot = static_cast<double>(factors[i * m.columns + i]);
      sign *= pivot < 0 ? -1 : pivot > 0 ? 1 : pivot;
      log += std::log(std::abs(pivot));
    }
    out.sign[k] = static_cast<float>(sign);
    out.log[k] = static_cast<float>(log);
  });
}

}  // namespace graft::ops
