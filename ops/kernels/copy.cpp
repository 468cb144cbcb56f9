#include "graft/ops/kernels/copy.h"

#include <algorithm>
#include <cstring>

#include "graft/ops/kernels/map.h"

namespace graft::ops {

namespace {

int64_t place(const memory::desc& md, const Dims& index) {
  const Dims strides = onednn::strides(md);
  int64_t out = 0;
  for (size_t i = 0; i < index.size(); ++i) out += index[i] * strides[i];
  return out;
}

GRAFT_KERNEL void copy_block(const Block& b) {
  if (b.column_strides[0] == 1) return map_block1(b, [](float x) { return x; });
  for (int64_t r = 0; r < b.rows; ++r)
    for (int64_t i = 0; i < b.columns; ++i)
      b.data[0][r * b.row_strides[0] + i * b.column_strides[0]] =
          b.data[1][r * b.row_strides[1] + i * b.column_strides[1]];
}

}  // namespace

BoxCopy::BoxCopy(const Dims& dims, const memory::desc& to_md, const Dims& to_begin, const memory::desc& from_md,
                 const Dims& from_begin)
    : nest(loop_nest(dims, {onednn::strides(to_md), onednn::strides(from_md)})),
      to(place(to_md, to_begin)),
      from(place(from_md, from_begin)) {}

void BoxCopy::operator()(int threads, float* destination, const float* source) const {
  const std::array<void*, 2> operands{destination + to, const_cast<float*>(source) + from};  // only read
  for_each_block(nest, operands, threads, copy_block);
}

void fill(int threads, float* destination, int64_t n, float value) {
  parallel_for(threads, n, kGrain,
               [&](int64_t begin, int64_t end) { std::fill(destination + begin, destination + end, value); });
}

}  // namespace graft::ops
