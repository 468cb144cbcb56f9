#include "graft/ops/kernels/cast.h"

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/lanes.h"
#include "graft/ops/kernels/base/loop_nest.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

GRAFT_KERNEL void narrow(Bf16* to, const float* from, int64_t n) { convert(to, from, n); }
GRAFT_KERNEL void widen(float* to, const Bf16* from, int64_t n) { convert(to, from, n); }

}  // namespace

void narrow_floats(int threads, const float* from, Bf16* to, int64_t n) {
  parallel_for(threads, n, kGrain, [&](int64_t begin, int64_t end) { narrow(to + begin, from + begin, end - begin); });
}

void widen_floats(int threads, const Bf16* from, float* to, int64_t n) {
  parallel_for(threads, n, kGrain, [&](int64_t begin, int64_t end) { widen(to + begin, from + begin, end - begin); });
}

}  // namespace graft::ops
