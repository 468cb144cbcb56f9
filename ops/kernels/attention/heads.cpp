#include "graft/ops/kernels/attention/heads.h"

#include <algorithm>

#include "graft/ops/kernels/base/transpose.h"
#include "graft/ops/kernels/product/small_product.h"

namespace graft::ops {

namespace {

template <class T>
GRAFT_INLINE void copy_in(const T* from, int64_t row, const HeadRows& of, float factor, float* to, int64_t padded) {
  for (int64_t r = 0; r < of.rows; ++r, from += row, to += padded) {
    for (int64_t c = 0; c < of.width; ++c) to[c] = factor * load_one(from + c);
    for (int64_t c = of.width; c < padded; ++c) to[c] = 0;
  }
}

template <class T>
GRAFT_INLINE void copy_columns(const T* from, int64_t row, const HeadRows& of, float* to) {
  for (int64_t r = 0; r < of.rows; r += kPanel, to += kPanel * of.width)
    transpose_panel<kPanel>(from + r * row, row, std::min(kPanel, of.rows - r), of.width, to);
}

template <class T>
GRAFT_INLINE void copy_out(const float* from, int64_t padded, const float* factors, T* to, int64_t row,
                           const HeadRows& of) {
  for (int64_t r = 0; r < of.rows; ++r, from += padded, to += row) {
    const float factor = factors ? factors[r] : 1.f;
    int64_t c = 0;
    for (; c + kLanes <= of.width; c += kLanes) store_lanes(to + c, load_lanes(from + c) * factor);
    for (; c < of.width; ++c) store_one(to + c, from[c] * factor);
  }
}

GRAFT_KERNEL void rows_in(const void* data, const Heads& heads, const HeadRows& of, float factor, float* to,
                          int64_t padded) {
  if (heads.narrow) return copy_in(static_cast<const Bf16*>(data) + of.first, heads.row, of, factor, to, padded);
  copy_in(static_cast<const float*>(data) + of.first, heads.row, of, factor, to, padded);
}

GRAFT_KERNEL void columns_in(const void* data, const Heads& heads, const HeadRows& of, float* to) {
  if (heads.narrow) return copy_columns(static_cast<const Bf16*>(data) + of.first, heads.row, of, to);
  copy_columns(static_cast<const float*>(data) + of.first, heads.row, of, to);
}

GRAFT_KERNEL void rows_out(const float* from, int64_t padded, const float* factors, void* data, const Heads& heads,
                           const HeadRows& of) {
  if (heads.narrow) return copy_out(from, padded, factors, static_cast<Bf16*>(data) + of.first, heads.row, of);
  copy_out(from, padded, factors, static_cast<float*>(data) + of.first, heads.row, of);
}

}  // namespace

void pack_rows(const void* data, const Heads& heads, const HeadRows& of, float factor, float* to, int64_t padded) {
  rows_in(data, heads, of, factor, to, padded);
}

void pack_columns(const void* data, const Heads& heads, const HeadRows& of, float* to) {
  columns_in(data, heads, of, to);
}

void unpack_rows(const float* from, int64_t padded, const float* factors, void* data, const Heads& heads,
                 const HeadRows& of) {
  rows_out(from, padded, factors, data, heads, of);
}

}  // namespace graft::ops
