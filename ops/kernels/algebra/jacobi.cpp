#include "graft/ops/kernels/algebra/jacobi.h"

#include <algorithm>
#include <cmath>

#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

constexpr int kSweeps = 60;  // ten are enough for matrices of some hundred rows; NaN never gets there

/// Rotates a pair of columns: (x, y) becomes (c x - s y, s x + c y).
struct Rotation {
  double c, s;

  void apply(double* x, double* y, int64_t n, int64_t stride = 1) const {
    for (int64_t i = 0; i < n * stride; i += stride) {
      const double a = x[i], b = y[i];
      x[i] = c * a - s * b;
      y[i] = s * a + c * b;
    }
  }
};

// The rotation that makes a symmetric matrix of (p, off; off, q) diagonal, by the smaller of the two angles.
Rotation diagonalising(double p, double off, double q) {
  const double ratio = (q - p) / (2 * off);
  const double t = (ratio >= 0 ? 1 : -1) / (std::abs(ratio) + std::sqrt(1 + ratio * ratio));
  const double c = 1 / std::sqrt(1 + t * t);
  return {c, t * c};
}

/// One matrix while it is rotated: rows are columns of the result, which lie next to each other in memory.
struct Columns {
  double* data;
  int64_t count, length;
  double* operator[](int64_t k) const { return data + k * length; }
};

double product(const Columns& m, int64_t p, int64_t q) {
  double sum = 0;
  for (int64_t i = 0; i < m.length; ++i) sum += m[p][i] * m[q][i];
  return sum;
}

void set_identity(const Columns& m) {
  for (int64_t k = 0; k < m.count; ++k)
    for (int64_t i = 0; i < m.length; ++i) m[k][i] = i == k ? 1 : 0;
}

// Moves the column with the largest key of those from k on to place k, for each k. `keys` are sorted with them.
void sort_columns(double* keys, const Columns& a, const Columns& b) {
  for (int64_t k = 0; k < a.count; ++k) {
    const int64_t best = std::max_element(keys + k, keys + a.count) - keys;
    if (best == k) continue;
    std::swap(keys[k], keys[best]);
    std::swap_ranges(a[k], a[k] + a.length, a[best]);
    std::swap_ranges(b[k], b[k] + b.length, b[best]);
  }
}

// One sweep over all elements beside the diagonal. Returns whether it rotated.
bool sweep_symmetric(const Columns& a, const Columns& vectors) {
  bool rotated = false;
  for (int64_t p = 0; p < a.count; ++p)
    for (int64_t q = p + 1; q < a.count; ++q) {
      const double off = a[p][q];
      if (!(off * off > 1e-34 * std::abs(a[p][p] * a[q][q])) || std::abs(off) < 1e-300) continue;
      const Rotation rotation = diagonalising(a[p][p], off, a[q][q]);
      rotation.apply(a[p], a[q], a.length);
      rotation.apply(a.data + p, a.data + q, a.count, a.length);
      rotation.apply(vectors[p], vectors[q], vectors.length);
      rotated = true;
    }
  return rotated;
}

void eigh_of_one(int64_t n, const float* src, const EighMemory& memory) {
  const Columns a{memory.work, n, n}, vectors{a.data + n * n, n, n};
  double* keys = vectors.data + n * n;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t k = 0; k < n; ++k) a[i][k] = static_cast<double>(src[std::max(i, k) * n + std::min(i, k)]);
  set_identity(vectors);
  for (int sweep = 0; sweep < kSweeps && sweep_symmetric(a, vectors); ++sweep) {
  }
  for (int64_t k = 0; k < n; ++k) keys[k] = -a[k][k];
  sort_columns(keys, vectors, a);
  for (int64_t k = 0; k < n; ++k) {
    memory.values[k] = static_cast<float>(-keys[k]);
    for (int64_t i = 0; i < n; ++i) memory.vectors[i * n + k] = static_cast<float>(vectors[k][i]);
  }
}

// One sweep over all pairs of columns, which makes them orthogonal. Returns whether it rotated.
bool sweep_columns(const Columns& u, const Columns& v) {
  bool rotated = false;
  for (int64_t p = 0; p < u.count; ++p)
    for (int64_t q = p + 1; q < u.count; ++q) {
      const double off = product(u, p, q), pp = product(u, p, p), qq = product(u, q, q);
      if (!(off * off > 1e-30 * pp * qq) || std::abs(off) < 1e-300) continue;
      const Rotation rotation = diagonalising(pp, off, qq);
      rotation.apply(u[p], u[q], u.length);
      rotation.apply(v[p], v[q], v.length);
      rotated = true;
    }
  return rotated;
}

// Replaces column k by the part of the unit vector i that is orthogonal to the columns before it; returns its length.
double orthogonal_unit(const Columns& u, int64_t k, int64_t i) {
  std::fill_n(u[k], u.length, 0.);
  u[k][i] = 1;
  for (int64_t p = 0; p < k; ++p) {
    const double along = product(u, p, k);
    for (int64_t j = 0; j < u.length; ++j) u[k][j] -= along * u[p][j];
  }
  return std::sqrt(product(u, k, k));
}

// Makes the columns of u as long as 1. Those that have no length become any that are orthogonal to the others.
void normalise(const Columns& u, const double* lengths) {
  const double least = lengths[0] * 1e-14;
  for (int64_t k = 0; k < u.count; ++k) {
    double length = lengths[k];
    for (int64_t i = 0; i < u.length && length <= least; ++i)
      if (length = orthogonal_unit(u, k, i); length < 1e-3) length = 0;
    for (int64_t i = 0; i < u.length; ++i) u[k][i] /= length;
  }
}

// Of a, or of its transpose if a has more columns than rows: then the two results change places.
void svd_of_one(const Matrices& m, const float* src, const SvdMemory& memory) {
  const int64_t k = m.rank(), length = std::max(m.rows, m.columns);
  const bool tall = m.rows >= m.columns;
  const Columns u{memory.work, k, length}, v{u.data + k * length, k, k};
  double* lengths = v.data + k * k;
  for (int64_t p = 0; p < k; ++p)
    for (int64_t i = 0; i < length; ++i)
      u[p][i] = static_cast<double>(tall ? src[i * m.columns + p] : src[p * m.columns + i]);
  set_identity(v);
  for (int sweep = 0; sweep < kSweeps && sweep_columns(u, v); ++sweep) {
  }
  for (int64_t p = 0; p < k; ++p) lengths[p] = std::sqrt(product(u, p, p));
  sort_columns(lengths, u, v);
  normalise(u, lengths);
  float *long_side = tall ? memory.u : memory.v, *short_side = tall ? memory.v : memory.u;
  for (int64_t p = 0; p < k; ++p) {
    memory.s[p] = static_cast<float>(lengths[p]);
    for (int64_t i = 0; i < length; ++i) long_side[i * k + p] = static_cast<float>(u[p][i]);
    for (int64_t i = 0; i < k; ++i) short_side[i * k + p] = static_cast<float>(v[p][i]);
  }
}

// A matrix takes about ten sweeps.
int64_t grain(const Matrices& m) { return std::max<int64_t>(1, m.grain() / 10); }

}  // namespace

int64_t eigh_work(const Matrices& m) { return 2 * m.rows * m.rows + m.rows; }
int64_t svd_work(const Matrices& m) { return m.rank() * (std::max(m.rows, m.columns) + m.rank() + 1); }

void eigh(int threads, const Matrices& m, const float* a, const EighMemory& memory) {
  parallel_for(threads, m.count, grain(m), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k)
      eigh_of_one(m.rows, a + k * m.floats(),
                  {memory.values + k * m.rows, memory.vectors + k * m.floats(), memory.work + k * eigh_work(m)});
  });
}

void svd(int threads, const Matrices& m, const float* a, const SvdMemory& memory) {
  parallel_for(threads, m.count, grain(m), [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k)
      svd_of_one(m, a + k * m.floats(),
                 {memory.u + k * m.rows * m.rank(), memory.s + k * m.rank(), memory.v + k * m.columns * m.rank(),
                  memory.work + k * svd_work(m)});
  });
}

}  // namespace graft::ops
