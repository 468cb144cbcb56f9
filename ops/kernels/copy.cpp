#include "graft/ops/kernels/copy.h"

#include <algorithm>
#include <cstddef>

#include "graft/ops/kernels/base/lanes.h"
#include "graft/ops/kernels/base/parallel.h"
#include "graft/ops/kernels/blocks.h"

namespace graft::ops {

namespace {

void* advanced(bool narrow, void* place, int64_t elements) {
  return static_cast<std::byte*>(place) + elements * (narrow ? 2 : 4);
}

}  // namespace

BoxCopy::BoxCopy(const Dims& dims, const BoxSide& to, const BoxSide& from)
    : nest_(loop_nest(dims, {to.strides, from.strides})), to_(to.begin), from_(from.begin) {
  nest_.narrow = {to.narrow, from.narrow};
}

void BoxCopy::operator()(int threads, void* destination, const void* source) const {
  const std::array<void*, 2> operands{advanced(nest_.narrow[0], destination, to_),
                                      advanced(nest_.narrow[1], const_cast<void*>(source), from_)};  // only read
  for_each_block(nest_, operands, threads, copy_block);
}

void fill(int threads, bool narrow, void* destination, int64_t n, float value) {
  parallel_for(threads, n, kGrain, [&](int64_t begin, int64_t end) {
    if (narrow) {
      Bf16 rounded;
      store_one(&rounded, value);
      std::fill(static_cast<Bf16*>(destination) + begin, static_cast<Bf16*>(destination) + end, rounded);
    } else {
      std::fill(static_cast<float*>(destination) + begin, static_cast<float*>(destination) + end, value);
    }
  });
}

}  // namespace graft::ops
