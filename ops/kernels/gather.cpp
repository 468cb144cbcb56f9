#include "graft/ops/kernels/gather.h"

#include <algorithm>

#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

// Both directions walk (outer, inner) as columns, each of which meets every index in turn: no two threads write to one
// place, and sums are added up in one order.

/// Calls body(first element on the side with `count` rows, the same on the side with `picked` rows, length).
template <class Body>
void for_each_run(int threads, const GatherShape& shape, const Body& body) {
  const int64_t outer = shape.outer, count = shape.count, picked = shape.picked, inner = shape.inner;
  const int64_t grain = std::max<int64_t>(1, kGrain / std::max<int64_t>(1, picked));
  parallel_for(threads, outer * inner, grain, [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t o = begin / inner, i = begin % inner, n = std::min(end - begin, inner - i);
      body(o * count * inner + i, o * picked * inner + i, n);
      begin += n;
    }
  });
}

/// Returns the row that an index names, or -1 for none.
int64_t row_of(float index, int64_t count) {
  const auto k = static_cast<float>(count);
  if (!(index >= -k && index < k)) return -1;
  const auto whole = static_cast<int64_t>(index);
  if (static_cast<float>(whole) != index) return -1;
  return whole < 0 ? whole + count : whole;
}

void copy_row(int64_t row, const float* from, int64_t inner, float* to, int64_t n) {
  if (row < 0)
    std::fill(to, to + n, 0.f);
  else
    std::copy_n(from + row * inner, n, to);
}

void add_row(int64_t row, const float* from, int64_t inner, float* sums, int64_t n) {
  if (row < 0) return;
  for (int64_t i = 0; i < n; ++i) sums[row * inner + i] += from[i];
}

void write_row(float index, int64_t classes, float* row) {
  std::fill(row, row + classes, 0.f);
  if (index >= 0 && index < static_cast<float>(classes)) {
    const auto k = static_cast<int64_t>(index);
    if (static_cast<float>(k) == index) row[k] = 1;
  }
}

void find(const Block& b, int64_t n, int64_t stride) {
  for (int64_t r = 0; r < b.rows; ++r)
    for (int64_t c = 0; c < b.columns; ++c) {
      const float* x = b.data[1] + r * b.row_strides[1] + c * b.column_strides[1];
      int64_t best = 0;
      for (int64_t i = 1; i < n; ++i)
        if (x[i * stride] > x[best * stride]) best = i;
      b.data[0][r * b.row_strides[0] + c * b.column_strides[0]] = static_cast<float>(best);
    }
}

}  // namespace

void gather_rows(int threads, const GatherShape& shape, const float* src, const float* indices, float* dst) {
  const int64_t inner = shape.inner;
  for_each_run(threads, shape, [&](int64_t x, int64_t y, int64_t n) {
    for (int64_t k = 0; k < shape.picked; ++k)
      copy_row(row_of(indices[k], shape.count), src + x, inner, dst + y + k * inner, n);
  });
}

void scatter_rows(int threads, const GatherShape& shape, const float* src, const float* indices, float* dst) {
  const int64_t inner = shape.inner;
  for_each_run(threads, shape, [&](int64_t y, int64_t x, int64_t n) {
    float* sums = dst + y;
    for (int64_t row = 0; row < shape.count; ++row) std::fill_n(sums + row * inner, n, 0.f);
    for (int64_t k = 0; k < shape.picked; ++k)
      add_row(row_of(indices[k], shape.count), src + x + k * inner, inner, sums, n);
  });
}

void one_hot_rows(int threads, int64_t n, int64_t classes, const float* indices, float* dst) {
  parallel_for(threads, n, std::max<int64_t>(1, kGrain / classes), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) write_row(indices[i], classes, dst + i * classes);
  });
}

void argmax_along(int threads, const LoopNest& nest, int64_t n, int64_t stride, const float* src, float* dst) {
  const std::array<void*, 2> operands{dst, const_cast<float*>(src)};  // only read
  for_each_block(nest, operands, threads, [&](const Block& b) { find(b, n, stride); });
}

}  // namespace graft::ops
