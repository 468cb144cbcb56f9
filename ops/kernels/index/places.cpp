#include "graft/ops/kernels/index/places.h"

#include <algorithm>

#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

void write_row(float index, int64_t classes, float* row) {
  std::fill(row, row + classes, 0.f);
  if (index >= 0 && index < static_cast<float>(classes)) {
    const auto k = static_cast<int64_t>(index);
    if (static_cast<float>(k) == index) row[k] = 1;
  }
}

// A function's own loop for each way keeps the choice out of it.
template <class F>
void combine_row(const float* from, int64_t n, float* to, F f) {
  for (int64_t i = 0; i < n; ++i) to[i] = f(to[i], from[i]);
}

void combine_row(Scatter how, const float* from, int64_t n, float* to) {
  switch (how) {
    case Scatter::set:
      std::copy_n(from, n, to);
      return;
    case Scatter::add:
      return combine_row(from, n, to, [](float x, float y) { return x + y; });
    case Scatter::max:
      return combine_row(from, n, to, [](float x, float y) { return x > y || x != x ? x : y; });
    case Scatter::min:
      return combine_row(from, n, to, [](float x, float y) { return x < y || x != x ? x : y; });
    case Scatter::mul:
      return combine_row(from, n, to, [](float x, float y) { return x * y; });
  }
}

template <class Better>
void find(const Block& b, int64_t n, int64_t stride, Better better) {
  for (int64_t r = 0; r < b.rows; ++r)
    for (int64_t c = 0; c < b.columns; ++c) {
      const float* x = b.data[1] + r * b.row_strides[1] + c * b.column_strides[1];
      int64_t best = 0;
      for (int64_t i = 1; i < n; ++i)
        if (better(x[i * stride], x[best * stride])) best = i;
      b.data[0][r * b.row_strides[0] + c * b.column_strides[0]] = static_cast<float>(best);
    }
}

template <class Better>
void find_along(int threads, const LoopNest& nest, int64_t n, int64_t stride, const float* src, float* dst,
                Better better) {
  const std::array<void*, 2> operands{dst, const_cast<float*>(src)};  // only read
  for_each_block(nest, operands, threads, [&](const Block& b) { find(b, n, stride, better); }, n);
}

bool first_nan(float x, float best) { return x != x && best == best; }

}  // namespace

int64_t row_of(float index, int64_t count) {
  const auto k = static_cast<float>(count);
  if (!(index >= -k && index < k)) return -1;
  const auto whole = static_cast<int64_t>(index);
  if (static_cast<float>(whole) != index) return -1;
  return whole < 0 ? whole + count : whole;
}

// Each thread has some columns, which meet every update in turn: no two threads write to one place.
void combine_rows(int threads, const RowUpdates& shape, Scatter how, const float* base, const float* updates,
                  const float* indices, float* dst) {
  const int64_t inner = shape.inner, grain = std::max<int64_t>(1, kGrain / (shape.count + shape.picked));
  parallel_for(threads, inner, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = 0; row < shape.count; ++row)
      std::copy(base + row * inner + begin, base + row * inner + end, dst + row * inner + begin);
    for (int64_t k = 0; k < shape.picked; ++k) {
      const int64_t row = row_of(indices[k], shape.count);
      if (row >= 0) combine_row(how, updates + k * inner + begin, end - begin, dst + row * inner + begin);
    }
  });
}

void one_hot_rows(int threads, int64_t n, int64_t classes, const float* indices, float* dst) {
  parallel_for(threads, n, std::max<int64_t>(1, kGrain / classes), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) write_row(indices[i], classes, dst + i * classes);
  });
}

void argmax_along(int threads, const LoopNest& nest, int64_t n, int64_t stride, const float* src, float* dst) {
  find_along(threads, nest, n, stride, src, dst, [](float x, float best) { return x > best || first_nan(x, best); });
}

void argmin_along(int threads, const LoopNest& nest, int64_t n, int64_t stride, const float* src, float* dst) {
  find_along(threads, nest, n, stride, src, dst, [](float x, float best) { return x < best || first_nan(x, best); });
}

}  // namespace graft::ops
