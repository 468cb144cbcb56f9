#pragma once

// Internal: where the heads of attention are in memory, and copies of some of their rows.

#include <cstdint>

namespace graft::ops {

/// A tensor (batch, heads, rows, width), floats or, narrow, bfloat16 numbers. The strides are in elements; that of the
/// last axis is 1.
struct Heads {
  int64_t batch = 0, head = 0, row = 0;
  bool narrow = false;

  int64_t at(int64_t n, int64_t h, int64_t r) const { return n * batch + h * head + r * row; }
};

/// Some rows of one head, from the element `first` of the data on.
struct HeadRows {
  int64_t first, rows, width;
};

/// Copies rows that are multiplied by a factor. In the copy rows are `padded` floats apart, filled up with zeros.
void pack_rows(const void* data, const Heads& heads, const HeadRows& of, float factor, float* to, int64_t padded);
/// Copies rows so that they become the columns of a RightMatrix of small_product, filled up with zeros to whole panels.
/// A panel has kPanel * width floats.
void pack_columns(const void* data, const Heads& heads, const HeadRows& of, float* to);
/// Copies rows back, row r multiplied by factors[r], or all by 1 where `factors` is null.
void unpack_rows(const float* from, int64_t padded, const float* factors, void* data, const Heads& heads,
                 const HeadRows& of);

}  // namespace graft::ops
