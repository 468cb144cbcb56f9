#include "graft/ops/kernels/copy.h"

#include <algorithm>
#include <cstring>

#include "graft/ops/kernels/isa.h"
#include "graft/ops/kernels/map.h"
#include "graft/ops/kernels/parallel.h"
#include "graft/ops/lower/layout.h"

namespace graft::ops {

namespace {

int64_t place(const memory::desc& md, const Dims& index) {
  const Dims strides = onednn::strides(md);
  int64_t out = 0;
  for (size_t i = 0; i < index.size(); ++i) out += index[i] * strides[i];
  return out;
}

Dims multiplied(Dims strides, const Dims& steps) {
  for (size_t i = 0; i < steps.size(); ++i) strides[i] *= steps[i];
  return strides;
}

GRAFT_KERNEL void copy_block(const Block& b) {
  if (b.column_strides[0] == 1) return map_block1(b, [](float x) { return x; });
  for (int64_t r = 0; r < b.rows; ++r)
    for (int64_t i = 0; i < b.columns; ++i)
      b.data[0][r * b.row_strides[0] + i * b.column_strides[0]] =
          b.data[1][r * b.row_strides[1] + i * b.column_strides[1]];
}

void* advanced(bool narrow, void* place, int64_t elements) {
  return static_cast<std::byte*>(place) + elements * (narrow ? 2 : 4);
}

}  // namespace

BoxCopy::BoxCopy(const Dims& dims, const memory::desc& to_md, const Dims& to_begin, const memory::desc& from_md,
                 const Dims& from_begin, const Dims& steps)
    : nest(loop_nest(dims, {onednn::strides(to_md), multiplied(onednn::strides(from_md), steps)})),
      to(place(to_md, to_begin)),
      from(place(from_md, from_begin)) {
  nest.narrow = {is_narrow(to_md), is_narrow(from_md)};
}

void BoxCopy::operator()(int threads, void* destination, const void* source) const {
  const std::array<void*, 2> operands{advanced(nest.narrow[0], destination, to),
                                      advanced(nest.narrow[1], const_cast<void*>(source), from)};  // only read
  for_each_block(nest, operands, threads, copy_block);
}

void fill(int threads, const memory::desc& md, void* destination, int64_t n, float value) {
  parallel_for(threads, n, kGrain, [&](int64_t begin, int64_t end) {
    if (is_narrow(md)) {
      Bf16 narrow;
      store_one(&narrow, value);
      std::fill(static_cast<Bf16*>(destination) + begin, static_cast<Bf16*>(destination) + end, narrow);
    } else {
      std::fill(static_cast<float*>(destination) + begin, static_cast<float*>(destination) + end, value);
    }
  });
}

}  // namespace graft::ops
