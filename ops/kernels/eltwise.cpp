#include "graft/ops/kernels/eltwise.h"

#include <cmath>

#include "graft/ops/kernels/base/isa.h"
#include "graft/ops/kernels/base/parallel.h"

namespace graft::ops {

namespace {

template <class F>
GRAFT_INLINE void loop(const float* src, float* dst, int64_t n, F f) {
  for (int64_t i = 0; i < n; ++i) dst[i] = f(src[i]);
}

GRAFT_KERNEL void run_own(EltwiseArgs args, const float* src, float* dst, int64_t n) {
  const float alpha = args.alpha;
  switch (args.algorithm) {
    case Eltwise::floor:
      return loop(src, dst, n, [](float x) { return std::floor(x); });
    case Eltwise::sign:
      return loop(src, dst, n, [](float x) { return static_cast<float>((x > 0) - (x < 0)); });
    case Eltwise::pow:
      return loop(src, dst, n, [alpha](float x) { return std::pow(x, alpha); });
    case Eltwise::reciprocal:
      return loop(src, dst, n, [](float x) { return 1.f / x; });
    case Eltwise::rsqrt:
      return loop(src, dst, n, [](float x) { return 1.f / std::sqrt(x); });
    case Eltwise::sin:
      return loop(src, dst, n, [](float x) { return std::sin(x); });
    case Eltwise::cos:
      return loop(src, dst, n, [](float x) { return std::cos(x); });
    case Eltwise::erf:
      return loop(src, dst, n, [](float x) { return std::erf(x); });
    default:
      return;  // the others are oneDNN's
  }
}

}  // namespace

void eltwise_floats(int threads, const EltwiseArgs& f, const float* src, float* dst, int64_t n) {
  constexpr int64_t kFunctionGrain = 1 << 12;  // a function takes longer than an addition
  parallel_for(threads, n, kFunctionGrain,
               [&](int64_t begin, int64_t end) { run_own(f, src + begin, dst + begin, end - begin); });
}

}  // namespace graft::ops
